// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor.collective;

import io.millrace.tensor.Device;
import org.bytedeco.pytorch.Tensor;

/**
 * Processes that compute together, each with its rank from 0, and what they exchange.
 *
 * <p>Every method but {@link #rank}, {@link #size} and {@link #device} must be called by all ranks of the group, in the
 * same order and with tensors of the same format; one thread of each process calls. Tensors must be contiguous. Results
 * are in the tensors that are given: nothing is allocated that outlives the call. Each exchange throws {@link
 * RankLostException} if a rank is gone.
 */
public interface Collective extends AutoCloseable {
  /** This process's number within the group, from 0. */
  int rank();

  /** How many processes the group has. */
  int size();

  /** Where the tensors must be that are exchanged. */
  Device device();

  /** Begins to replace {@code tensor} by the reduction of all ranks' tensors of that shape. */
  Pending allReduceAsync(Tensor tensor, Reduction reduction);

  /** Replaces {@code tensor} by the reduction of all ranks' tensors of that shape. */
  default void allReduce(Tensor tensor, Reduction reduction) {
    allReduceAsync(tensor, reduction).await();
  }

  /** Replaces {@code tensor} by that of rank {@code root}. */
  void broadcast(Tensor tensor, int root);

  /**
   * Begins to fill {@code whole} with the parts of all ranks, one after another.
   *
   * @param whole [size · n, ...]; {@code part} may be this rank's place in it
   * @param part [n, ...]
   */
  Pending allGatherAsync(Tensor whole, Tensor part);

  /** Fills {@code whole} with the parts of all ranks; see {@link #allGatherAsync}. */
  default void allGather(Tensor whole, Tensor part) {
    allGatherAsync(whole, part).await();
  }

  /**
   * Begins to reduce {@code whole} over all ranks and to put this rank's share of the result into {@code part}.
   *
   * <p>Ranks are added in their order, half precision in F32, so that every rank rounds alike.
   *
   * @param part [n, ...], the rows from {@code rank · n} on
   * @param whole [size · n, ...], left as it was
   */
  Pending reduceScatterAsync(Tensor part, Tensor whole, Reduction reduction);

  /** Reduces {@code whole} and keeps a share; see {@link #reduceScatterAsync}. */
  default void reduceScatter(Tensor part, Tensor whole, Reduction reduction) {
    reduceScatterAsync(part, whole, reduction).await();
  }

  /**
   * Begins to send rows to each rank and to receive rows from each.
   *
   * @param received [sum of {@code fromEach}, ...], filled in the order of ranks
   * @param fromEach rows that each rank sends to this one
   * @param sent [sum of {@code toEach}, ...] in the order of ranks
   * @param toEach rows for each rank
   */
  Pending allToAllAsync(Tensor received, long[] fromEach, Tensor sent, long[] toEach);

  /** Sends rows to each rank and receives rows from each; see {@link #allToAllAsync}. */
  default void allToAll(Tensor received, long[] fromEach, Tensor sent, long[] toEach) {
    allToAllAsync(received, fromEach, sent, toEach).await();
  }

  /** Waits until every rank has come here. */
  void barrier();

  /**
   * Parts this group: ranks that give the same colour form a group of their own, in the order of their ranks here.
   *
   * @param colour not negative
   * @return a group of its own connections, to be closed before this one
   */
  Collective split(int colour);

  /** Leaves the group. Ranks that still wait for this one are told that it left. */
  @Override
  void close();
}
