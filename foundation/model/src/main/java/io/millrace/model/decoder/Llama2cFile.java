// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import io.millrace.model.checkpoint.Weights;
import io.millrace.tensor.DType;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;

/**
 * Reads a decoder from the legacy {@code .bin} format of llama2.c: seven ints, then F32 tensors one kind at a time.
 *
 * <p>Its rotary pairs are neighbours (2i, 2i+1), ours are (i, i + headDim/2), so the rows of query and key matrices
 * are put in our order.
 *
 * @see <a href="https://github.com/karpathy/llama2.c/blob/master/export.py">the format's writer</a>
 */
public final class Llama2cFile {
  private static final int HEADER = 7 * Integer.BYTES;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private Llama2cFile() {}

  /** Reads the file into a decoder in F32. */
  public static Decoder load(Path file) throws IOException {
    try (Arena arena = Arena.ofConfined();
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      if (channel.size() < HEADER) {
        throw new IllegalArgumentException(file + ": " + channel.size() + " bytes are too few for a llama2.c header");
      }
      MemorySegment data = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
      DecoderConfig config = config(data);
      Weights weights = Weights.create(DType.F32, DecoderWeights.slots(config));
      try {
        long end = fill(config, weights, data);
        if (end > data.byteSize()) {
          throw new IllegalArgumentException(
              "%s: %d bytes, but its header asks for %d".formatted(file, data.byteSize(), end));
        }
      } catch (IndexOutOfBoundsException e) {
        weights.close();
        throw new IllegalArgumentException(file + ": ends before the last tensor that its header asks for", e);
      }
      return new Decoder(config, weights);
    }
  }

  private static DecoderConfig config(MemorySegment data) {
    int[] h = new int[7];
    for (int i = 0; i < h.length; i++) {
      h[i] = data.get(INT, (long) i * Integer.BYTES);
    }
    // A negative vocabulary size marks an output layer of its own. Token 1 begins a text, 2 ends it, as in Llama 2.
    return new DecoderConfig(
        Math.abs(h[5]), h[0], h[1], h[2], h[3], h[4], h[0] / h[3], h[6], 10_000, 1e-5, h[5] > 0, 1, 2, -1);
  }

  private static long fill(DecoderConfig c, Weights weights, MemorySegment data) {
    long at = HEADER;
    try (Scope _ = Scope.open();
        NoGrad _ = NoGrad.open()) {
      Map<String, Tensor> targets = DecoderWeights.huggingFace(c, weights);
      at = copy(data, at, targets, DecoderWeights.EMBEDDING, 0);
      String[] kinds = {
        DecoderWeights.NORM1, "self_attn.q_proj.weight", "self_attn.k_proj.weight", "self_attn.v_proj.weight",
        DecoderWeights.OUT, DecoderWeights.NORM2, "mlp.gate_proj.weight", DecoderWeights.DOWN, "mlp.up_proj.weight"
      };
      for (String kind : kinds) {
        int rotated = kind.contains("q_proj") ? c.heads() : kind.contains("k_proj") ? c.kvHeads() : 0;
        for (int layer = 0; layer < c.layers(); layer++) {
          at = copy(data, at, targets, DecoderWeights.layer(layer) + kind, rotated);
        }
      }
      at = copy(data, at, targets, DecoderWeights.NORM, 0);
      at += 2L * c.maxPositions() * (c.headDim() / 2) * Float.BYTES; // rotary tables, which we compute
      return c.tieEmbeddings() ? at : copy(data, at, targets, DecoderWeights.HEAD, 0);
    }
  }

  /** Copies one tensor; {@code heads} above 0 puts each head's rotary pairs in our order. */
  private static long copy(MemorySegment data, long at, Map<String, Tensor> targets, String name, int heads) {
    Tensor target = targets.get(name);
    if (target == null) {
      throw new IllegalStateException("a decoder has no tensor " + name);
    }
    long bytes = target.numel() * Float.BYTES;
    Tensor values = Tensors.filled(data.asSlice(at, bytes), DType.F32, target.shape());
    if (heads > 0) {
      long rows = target.size(0);
      long columns = target.size(1);
      values = values.view(heads, rows / heads / 2, 2, columns).transpose(1, 2).reshape(rows, columns);
    }
    target.copy_(values);
    return at + bytes;
  }
}
