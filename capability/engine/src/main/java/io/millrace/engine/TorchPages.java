// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.engine.kernel.KvFormat;
import io.millrace.engine.kernel.KvPages;
import io.millrace.tensor.DType;
import org.bytedeco.pytorch.Tensor;

import java.util.ArrayList;
import java.util.List;

/**
 * Keys and values of all sequences on a device, in pages of {@link KvPages#POSITIONS} positions (Kwon et al., PagedAttention,
 * 2023). Which page belongs to whom is not known here.
 */
final class TorchPages {
  /** Of one layer, [pages × positions, kvHeads, headDim]: a position's heads lie together, as a step writes them. */
  private record Layer(Tensor keys, Tensor values) {}

  private final DType dtype;
  private final List<Layer> layers = new ArrayList<>();
  private final int count;
  private final long[] paged;

  /**
   * Pages of zeros.
   *
   * @param tensors whose they are
   * @throws IllegalArgumentException for a format that is not kept on devices
   */
  TorchPages(KvFormat format, LlamaConfig c, DeviceTensors tensors, int count) {
    dtype = switch (format) {
      case F32 -> DType.F32;
      case BF16 -> DType.BF16;
      case INT8 -> throw new IllegalArgumentException(
          "keys and values in INT8 are for the engine's own kernels; libtorch keeps them in BF16 or F32");
    };
    this.count = count;
    paged = new long[] {count, KvPages.POSITIONS, c.kvHeads(), c.headDim()};
    long[] shape = {(long) count * KvPages.POSITIONS, c.kvHeads(), c.headDim()};
    for (int l = 0; l < c.layers(); l++) {
      layers.add(new Layer(tensors.zeros(dtype, shape), tensors.zeros(dtype, shape)));
    }
  }

  int count() {
    return count;
  }

  /**
   * Stores rotated keys and values of a layer.
   *
   * @param slots page × positions + place in the page of each row, [n] I64
   * @param keys [n, kvHeads, headDim], as are the values
   */
  void put(int layer, Tensor slots, Tensor keys, Tensor values) {
    Layer of = layers.get(layer);
    of.keys.index_copy_(0, slots, keys.to(dtype.torch()));
    of.values.index_copy_(0, slots, values.to(dtype.torch()));
  }

  /**
   * The keys in these pages.
   *
   * @param pages [n] I64
   * @return [n, positions, kvHeads, headDim]
   */
  Tensor keys(int layer, Tensor pages) {
    return layers.get(layer).keys.view(paged).index_select(0, pages);
  }

  /** The values in these pages; see {@link #keys}. */
  Tensor values(int layer, Tensor pages) {
    return layers.get(layer).values.view(paged).index_select(0, pages);
  }
}
