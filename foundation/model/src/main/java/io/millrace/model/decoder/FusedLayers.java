// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import io.millrace.model.checkpoint.GradientListener;
import io.millrace.model.checkpoint.Weights;
import io.millrace.tensor.DType;
import io.millrace.tensor.Device;
import io.millrace.tensor.kernel.Kernels;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/**
 * The layers of a decoder that {@link FusedPass} can train: dense, without biases and norms of queries, BF16, on the
 * CPU, every size but the length of rows in whole vectors. Owns the memory that passes share.
 */
final class FusedLayers implements AutoCloseable {
  private final DecoderConfig config;
  private final Weights weights;
  private final RotaryEmbedding rotary;
  private final Tensor norm;
  private final List<FusedBlock> blocks = new ArrayList<>();
  private final Buffers passing = new Buffers();
  private final Buffers kept = new Buffers();
  private @Nullable Tensor running; // the result of the pass that uses the memory

  private FusedLayers(DecoderConfig config, Weights weights, RotaryEmbedding rotary) {
    this.config = config;
    this.weights = weights;
    this.rotary = rotary;
    this.norm = weights.get(DecoderWeights.NORM);
    for (int layer = 0; layer < config.layers(); layer++) {
      blocks.add(new FusedBlock(config, layer, weights));
    }
  }

  /** The layers, or null where the decoder is another or the processor cannot. */
  static @Nullable FusedLayers of(
      DecoderConfig config, Weights weights, Linears linears, FeedForward.Factory feedForwards, RotaryEmbedding rotary) {
    boolean fits = weights.dtype() == DType.BF16 && weights.device().equals(Device.CPU) && Kernels.available()
        && linears.equals(Linears.PLAIN) && feedForwards.equals(FeedForward.Factory.PLAIN)
        && config.mixtures() == 0 && !config.family().qkvBias() && !config.family().qkNorm()
        && Kernels.whole(config.hiddenSize(), config.intermediateSize(), config.headDim() / 2);
    return fits ? new FusedLayers(config, weights, rotary) : null;
  }

  /**
   * The last hidden states, normalised; null when the mask is none that these can do, or memory is in use by a pass
   * whose gradient has not come.
   *
   * <p>Rows that do not fill whole vectors are made up with tokens that see and are seen by themselves only, and that
   * nobody gets to see. That also lets fewer shapes of products occur, each of which libtorch prepares anew.
   */
  @Nullable Tensor hidden(Tensor embedded, Tensor mask, boolean checkpointing) {
    // A pass whose scope has closed without a backward pass needs its memory no more.
    if (running != null && !running.isNull()) {
      return null;
    }
    if (DType.of(mask) != DType.BF16 || mask.size(0) != embedded.size(0)) {
      return null;
    }
    int time = (int) embedded.size(1);
    int whole = Kernels.wholeAtLeast(time);
    if (whole != time && rotary.dynamic(whole)) {
      return null; // the angles would be those of longer rows
    }
    int[] starts = SeenKeys.starts(mask.contiguous());
    if (starts == null) {
      return null;
    }
    Tensor rows = whole == time ? embedded : torch.constant_pad_nd(embedded, new long[] {0, 0, 0, whole - time}, new Scalar(0));
    Tensor result = FusedPass.apply(this, rows, madeUp(starts, time, whole), checkpointing, kept, () -> running = null);
    running = result;
    return whole == time ? result : result.narrow(1, 0, time);
  }

  /** The first keys that tokens see, of rows that are made up to another length. */
  private static int[] madeUp(int[] starts, int time, int whole) {
    int[] all = new int[starts.length / time * whole];
    for (int i = 0; i < all.length; i++) {
      int column = i % whole;
      all[i] = column < time ? starts[i / whole * time + column] : column;
    }
    return all;
  }

  DecoderConfig config() {
    return config;
  }

  /** Who hears of the gradients of the layers' weights. */
  GradientListener listener() {
    return weights.gradientListener();
  }

  RotaryEmbedding rotary() {
    return rotary;
  }

  Tensor norm() {
    return norm;
  }

  List<FusedBlock> blocks() {
    return blocks;
  }

  /** Memory of what is used up within a layer. */
  Buffers passing() {
    return passing;
  }

  @Override
  public void close() {
    passing.close();
    kept.close();
  }
}
