// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.model.safetensors.TensorSource;
import io.millrace.model.safetensors.TensorView;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The tensors of a decoder under their Hugging Face names, mapped from its folder; closing it unmaps them. */
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
      Projection down) {}

  /** A matrix with the bias that is added to its product, if the model has one. */
  record Projection(Matrix matrix, float @Nullable [] bias) {}

  private final TensorSource source;
  private final Matrix embedding;
  private final List<Layer> layers;
  private final float[] norm;
  private final Matrix output;

  private LlamaWeights(TensorSource source, LlamaConfig c) {
    this.source = source;
    embedding = Matrix.load(source, "model.embed_tokens.weight", c.vocabulary(), c.dim());
    layers = new ArrayList<>();
    for (int i = 0; i < c.layers(); i++) {
      layers.add(layer(c, "model.layers." + i + "."));
    }
    norm = vector("model.norm.weight", c.dim());
    output = c.tied() ? embedding : Matrix.load(source, "lm_head.weight", c.vocabulary(), c.dim());
  }

  /**
   * Maps the weights of a model folder.
   *
   * @throws IOException when a file is torn, or a tensor is missing or has another shape than the configuration says
   */
  static LlamaWeights open(Path folder, LlamaConfig config) throws IOException {
    TensorSource source = TensorSource.openFolder(folder);
    try {
      return new LlamaWeights(source, config);
    } catch (IllegalArgumentException e) {
      source.close();
      throw new IOException(folder + ": " + e.getMessage(), e);
    }
  }

  private Layer layer(LlamaConfig c, String at) {
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
    return new Projection(Matrix.load(source, name + ".weight", rows, columns), optional(name + ".bias", rows));
  }

  private float[] vector(String name, int size) {
    return source.tensor(name).requireShape(size).toFloats();
  }

  private float @Nullable [] optional(String name, int size) {
    TensorView view = source.find(name).orElse(null);
    return view == null ? null : view.requireShape(size).toFloats();
  }

  Matrix embedding() {
    return embedding;
  }

  List<Layer> layers() {
    return layers;
  }

  float[] norm() {
    return norm;
  }

  Matrix output() {
    return output;
  }

  /** All matrices, the shared one once. */
  List<Matrix> matrices() {
    List<Matrix> all = new ArrayList<>(List.of(embedding));
    for (Layer l : layers) {
      for (Projection p : List.of(l.q, l.k, l.v, l.o, l.gate, l.up, l.down)) {
        all.add(p.matrix);
      }
    }
    if (output != embedding) {
      all.add(output);
    }
    return all;
  }

  @Override
  public void close() {
    source.close();
  }
}
