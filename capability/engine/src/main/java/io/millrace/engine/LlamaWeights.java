// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.engine.kernel.PanelPacker;
import io.millrace.engine.kernel.Panels;
import io.millrace.engine.kernel.Team;
import io.millrace.model.safetensors.QuantisedMatrix;
import io.millrace.model.safetensors.TensorSource;
import io.millrace.model.safetensors.TensorView;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The tensors of a decoder under their Hugging Face names, laid out for products in memory of their own; the folder's files
 * are not needed any more. Closing it frees the memory.
 */
final class LlamaWeights implements AutoCloseable {
  /**
   * One layer.
   *
   * @param qNorm scale per dimension of a query head before rotation, as in Qwen3
   */
  record Layer(
      float[] attentionNorm,
      Projection q,
      Projection k,
      Projection v,
      Projection o,
      float @Nullable [] qNorm,
      float @Nullable [] kNorm,
      float[] mlpNorm,
      Projection gate,
      Projection up,
      Projection down) {
    List<Projection> projections() {
      return List.of(q, k, v, o, gate, up, down);
    }
  }

  /** A matrix with the bias that is added to its product, if the model has one. */
  record Projection(Panels matrix, float @Nullable [] bias) {}

  private final Arena arena = Arena.ofShared();
  private final Panels embedding;
  private final List<Layer> layers = new ArrayList<>();
  private final float[] norm;
  private final Panels output;

  private LlamaWeights(TensorSource source, LlamaConfig c, Team team) {
    Loading loading = new Loading(source, new PanelPacker(arena, team));
    try {
      embedding = loading.matrix("model.embed_tokens.weight", c.vocabulary(), c.dim());
      for (int i = 0; i < c.layers(); i++) {
        layers.add(loading.layer(c, "model.layers." + i + "."));
      }
      norm = loading.vector("model.norm.weight", c.dim());
      output = c.tied() ? embedding : loading.matrix("lm_head.weight", c.vocabulary(), c.dim());
    } catch (RuntimeException | Error e) {
      arena.close();
      throw e;
    }
  }

  /**
   * Reads the weights of a model folder.
   *
   * @throws IOException when a file is torn, or a tensor is missing or has another shape than the configuration says
   */
  static LlamaWeights open(Path folder, LlamaConfig config, Team team) throws IOException {
    try (TensorSource source = TensorSource.openFolder(folder)) {
      return new LlamaWeights(source, config, team);
    } catch (IllegalArgumentException e) {
      throw new IOException(folder + ": " + e.getMessage(), e);
    }
  }

  /** What is needed while a folder is read. */
  private record Loading(TensorSource source, PanelPacker packer) {
    Layer layer(LlamaConfig c, String at) {
      String attention = at + "self_attn.";
      return new Layer(
          vector(at + "input_layernorm.weight", c.dim()),
          projection(attention + "q_proj", c.queryDim(), c.dim()),
          projection(attention + "k_proj", c.kvDim(), c.dim()),
          projection(attention + "v_proj", c.kvDim(), c.dim()),
          projection(attention + "o_proj", c.dim(), c.queryDim()),
          optional(attention + "q_norm.weight", c.headDim()),
          optional(attention + "k_norm.weight", c.headDim()),
          vector(at + "post_attention_layernorm.weight", c.dim()),
          projection(at + "mlp.gate_proj", c.hidden(), c.dim()),
          projection(at + "mlp.up_proj", c.hidden(), c.dim()),
          projection(at + "mlp.down_proj", c.dim(), c.hidden()));
    }

    private Projection projection(String name, int rows, int columns) {
      return new Projection(matrix(name + ".weight", rows, columns), optional(name + ".bias", rows));
    }

    Panels matrix(String name, int rows, int columns) {
      QuantisedMatrix quantised = QuantisedMatrix.find(source, name).orElse(null);
      if (quantised != null) {
        if (quantised.rows() != rows || quantised.columns() != columns) {
          throw new IllegalArgumentException("tensor " + name + ": expected [" + rows + ", " + columns + "], found ["
              + quantised.rows() + ", " + quantised.columns() + "]");
        }
        return packer.quantised(name, quantised);
      }
      TensorView view = source.tensor(name).requireShape(rows, columns);
      return switch (view.dtype()) {
        case F32 -> packer.f32(name, rows, columns, view.data());
        case BF16 -> packer.bf16(name, rows, columns, view.data());
        default -> throw new IllegalArgumentException(
            "tensor " + name + ": expected F32, BF16, I8 or U8, found " + view.dtype());
      };
    }

    float[] vector(String name, int size) {
      return source.tensor(name).requireShape(size).toFloats();
    }

    private float @Nullable [] optional(String name, int size) {
      TensorView view = source.find(name).orElse(null);
      return view == null ? null : view.requireShape(size).toFloats();
    }
  }

  Panels embedding() {
    return embedding;
  }

  List<Layer> layers() {
    return layers;
  }

  float[] norm() {
    return norm;
  }

  Panels output() {
    return output;
  }

  /** All matrices, the shared one once. */
  List<Panels> matrices() {
    List<Panels> all = new ArrayList<>(List.of(embedding));
    layers.forEach(l -> l.projections().forEach(p -> all.add(p.matrix)));
    if (output != embedding) {
      all.add(output);
    }
    return all;
  }

  /** Bytes that are read for a token of one sequence. */
  long bytes() {
    return matrices().stream().filter(m -> m != embedding || m == output).mapToLong(Panels::bytes).sum();
  }

  @Override
  public void close() {
    arena.close();
  }
}
