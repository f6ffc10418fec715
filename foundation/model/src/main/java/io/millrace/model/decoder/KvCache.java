// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import io.millrace.tensor.Device;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/**
 * The keys and values of the tokens that a decoder has read, so that the next one is read alone. Without gradients.
 *
 * <p>All rows of the batch have read equally many tokens; memory for {@code capacity} of them is taken at the first.
 */
public final class KvCache implements AutoCloseable {
  /** One block's part. */
  final class Layer {
    private @Nullable Tensor keys;
    private @Nullable Tensor values;

    /** Takes up new keys and values, both [batch, groups, time, headDim]; {@link #keys} then shows them too. */
    void append(Tensor newKeys, Tensor newValues) {
      if (keys == null) {
        keys = room(newKeys);
        values = room(newValues);
      }
      long time = newKeys.size(2);
      if (length + time > capacity) {
        throw new IllegalStateException(
            "cache of %d tokens holds %d and cannot take %d more".formatted(capacity, length, time));
      }
      stored(keys).narrow(2, length, time).copy_(newKeys);
      stored(values).narrow(2, length, time).copy_(newValues);
    }

    /** All keys, those of the current pass included. */
    Tensor keys(long time) {
      return stored(keys).narrow(2, 0, length + time);
    }

    /** All values, those of the current pass included. */
    Tensor values(long time) {
      return stored(values).narrow(2, 0, length + time);
    }

    private static Tensor stored(@Nullable Tensor tensor) {
      if (tensor == null) {
        throw new IllegalStateException("nothing was appended yet");
      }
      return tensor;
    }

    private Tensor room(Tensor like) {
      return Scope.keep(torch.zeros(new long[] {like.size(0), like.size(1), capacity, like.size(3)}, like.options()));
    }

    private void keepRows(Tensor rows) {
      if (keys != null) {
        Tensor old = keys;
        keys = Scope.keep(old.index_select(0, rows));
        Scope.free(old);
        old = stored(values);
        values = Scope.keep(old.index_select(0, rows));
        Scope.free(old);
      }
    }

    private void close() {
      if (keys != null) {
        Scope.free(keys);
        Scope.free(stored(values));
        keys = null;
        values = null;
      }
    }
  }

  private final int capacity;
  private final List<Layer> layers = new ArrayList<>();
  private long length;

  /**
   * An empty cache.
   *
   * @param layers blocks of the decoder
   * @param capacity most tokens of a row
   */
  public KvCache(int layers, int capacity) {
    if (layers < 1 || capacity < 1) {
      throw new IllegalArgumentException("cache of %d layers for %d tokens: both must be at least 1"
          .formatted(layers, capacity));
    }
    this.capacity = capacity;
    for (int i = 0; i < layers; i++) {
      this.layers.add(new Layer());
    }
  }

  Layer layer(int i) {
    return layers.get(i);
  }

  /** Tokens that all blocks have read. */
  public long length() {
    return length;
  }

  /** Ends a pass in which every block appended {@code time} tokens. */
  void advance(long time) {
    length += time;
  }

  /** Keeps only these rows of the batch, in this order: for texts that have ended. */
  public void keepRows(long... rows) {
    try (Scope _ = Scope.open();
        NoGrad _ = NoGrad.open()) {
      Tensor kept = Tensors.of(rows, rows.length);
      layers.forEach(layer -> layer.keepRows(layer.keys == null ? kept : Device.of(layer.keys).move(kept)));
    }
  }

  @Override
  public void close() {
    layers.forEach(Layer::close);
  }
}
