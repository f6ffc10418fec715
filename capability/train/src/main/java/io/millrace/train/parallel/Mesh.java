// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.parallel;

/**
 * How ranks share the work: a grid of data × expert × tensor.
 *
 * <p>Ranks that differ in {@code tensor} only compute the same rows, each with a slice of the matrices (Shoeybi et al.
 * 2019, Megatron-LM). Ranks that differ in {@code expert} read rows of their own and hold different experts, to which
 * they send each other's tokens (Lepikhin et al. 2020, GShard). Ranks that differ in {@code data} read rows of their
 * own and hold the same. Neighbouring ranks, which talk fastest, share a slice: rank = (data · experts + expert) ·
 * tensors + tensor.
 *
 * @param data how many copies of everything
 * @param expert over how many ranks experts are spread
 * @param tensor over how many ranks matrices are sliced
 */
public record Mesh(int data, int expert, int tensor) {
  /** Checks that each is at least 1. */
  public Mesh {
    if (data < 1 || expert < 1 || tensor < 1) {
      throw new IllegalArgumentException(
          "mesh of data %d × expert %d × tensor %d: each must be at least 1".formatted(data, expert, tensor));
    }
  }

  /**
   * The mesh of so many ranks, of which as many copies are made as there are ranks for.
   *
   * @throws IllegalArgumentException if the ranks are no multiple of those that share one copy
   */
  public static Mesh of(int ranks, int expert, int tensor) {
    Mesh one = new Mesh(1, expert, tensor);
    if (ranks % one.size() != 0) {
      throw new IllegalArgumentException(
          "%d processes: expert %d × tensor %d take %d, or a multiple of that".formatted(ranks, expert, tensor, one.size()));
    }
    return new Mesh(ranks / one.size(), expert, tensor);
  }

  /**
   * Checks that the rows of a batch can be divided among those that read their own.
   *
   * @param name of the setting, for the message
   */
  public void requireDivides(String name, int rows) {
    if (rows % readers() != 0) {
      throw new IllegalArgumentException("%s %d cannot be divided among the %d readers of %s; use a multiple of %d"
          .formatted(name, rows, readers(), this, readers()));
    }
  }

  /** How many ranks it has. */
  public int size() {
    return Math.multiplyExact(Math.multiplyExact(data, expert), tensor);
  }

  /** How many ranks read rows of their own. */
  public int readers() {
    return data * expert;
  }

  /** Where a rank sits. */
  public Seat seat(int rank) {
    if (rank < 0 || rank >= size()) {
      throw new IllegalArgumentException("rank " + rank + " is not within " + this);
    }
    return new Seat(rank / tensor / expert, rank / tensor % expert, rank % tensor);
  }

  /**
   * A place in the mesh.
   *
   * @param data which copy
   * @param expert which share of the experts
   * @param tensor which slice of the matrices
   */
  public record Seat(int data, int expert, int tensor) {}
}
