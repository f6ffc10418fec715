// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.distributed;

import io.millrace.tensor.DType;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Tensors that travel together: laid one after another into one long vector, padded so that every rank's share of it is
 * equally long.
 *
 * @param slots the tensors and their places
 * @param dtype number format of all of them
 * @param length of the vector, a multiple of {@code ranks}
 * @param ranks number of shares
 */
record Bucket(List<Slot> slots, DType dtype, long length, int ranks) {
  /**
   * A tensor's place.
   *
   * @param name of the tensor
   * @param working the tensor that computes
   * @param shape its shape, which it may lose for a while
   * @param from first place in the vector
   * @param count number of elements
   */
  record Slot(String name, Tensor working, long[] shape, long from, long count) {
    /** This tensor's part of a vector, in its shape. */
    Tensor in(Tensor vector) {
      return vector.narrow(0, from, count).view(shape);
    }
  }

  /**
   * The part of a tensor that lies in one rank's share.
   *
   * @param name of the tensor
   * @param matrix whether the tensor has more than one dimension
   * @param offset of the part within the flattened tensor
   * @param from of the part within the share
   * @param count number of elements
   */
  record Piece(String name, boolean matrix, long offset, long from, long count) {
    /** This part of a share; in two dimensions if the tensor is a matrix, since matrices are trained in another way than vectors. */
    Tensor in(Tensor share) {
      Tensor part = share.narrow(0, from, count);
      return matrix ? part.view(1, count) : part;
    }
  }

  /** Lays out tensors of one number format. */
  static Bucket of(Map<String, Tensor> tensors, int ranks) {
    List<Slot> slots = new ArrayList<>();
    long at = 0;
    for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
      Tensor tensor = entry.getValue();
      slots.add(new Slot(entry.getKey(), tensor, tensor.shape(), at, tensor.numel()));
      at += tensor.numel();
    }
    DType dtype = DType.of(slots.getFirst().working);
    return new Bucket(List.copyOf(slots), dtype, (at + ranks - 1) / ranks * ranks, ranks);
  }

  /**
   * Cuts tensors into buckets.
   *
   * @param group tensors of different groups are never in one bucket
   * @param bytes a bucket is closed before it would exceed so many
   */
  static List<Bucket> cut(Map<String, Tensor> tensors, Function<String, String> group, long bytes, int ranks) {
    List<Bucket> buckets = new ArrayList<>();
    Map<String, Tensor> open = new LinkedHashMap<>();
    long size = 0;
    String last = "";
    for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
      Tensor tensor = entry.getValue();
      long more = tensor.numel() * DType.of(tensor).bytes();
      String key = group.apply(entry.getKey()) + DType.of(tensor);
      if (!open.isEmpty() && (!key.equals(last) || size + more > bytes)) {
        buckets.add(of(open, ranks));
        open.clear();
        size = 0;
      }
      open.put(entry.getKey(), tensor);
      size += more;
      last = key;
    }
    buckets.add(of(open, ranks));
    return buckets;
  }

  /** Length of one rank's share. */
  long share() {
    return length / ranks;
  }

  /** A rank's share of the vector. */
  Tensor share(Tensor vector, int rank) {
    return vector.narrow(0, rank * share(), share());
  }

  /** The parts of tensors that lie in a rank's share. */
  List<Piece> pieces(int rank) {
    long begin = rank * share();
    long end = begin + share();
    List<Piece> pieces = new ArrayList<>();
    for (Slot slot : slots) {
      long from = Math.max(begin, slot.from);
      long to = Math.min(end, slot.from + slot.count);
      if (from < to) {
        pieces.add(new Piece(slot.name, slot.shape.length > 1, from - slot.from, from - begin, to - from));
      }
    }
    return pieces;
  }

  /** A new vector of zeros, in the open scope. */
  Tensor zeros() {
    return torch.zeros(new long[] {length}, slots.getFirst().working.options());
  }
}
