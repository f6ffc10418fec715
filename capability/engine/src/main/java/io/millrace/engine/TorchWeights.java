// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.engine.AdapterFolder.Target;
import io.millrace.model.safetensors.TensorSource;
import io.millrace.tensor.DType;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The tensors of a decoder under their Hugging Face names on a device, in one number format; the folder's files are not
 * needed any more.
 */
final class TorchWeights {
  /**
   * One layer.
   *
   * @param qkv queries, keys and values
   * @param headNorms scale per head and dimension before rotation, [heads + kvHeads, headDim] in F32, as in Qwen3
   * @param gateUp gate and up
   */
  record Layer(
      Tensor attentionNorm,
      TorchProjection qkv,
      @Nullable Tensor headNorms,
      TorchProjection o,
      Tensor mlpNorm,
      TorchProjection gateUp,
      TorchProjection down) {}

  private final DeviceTensors tensors; // the decoder's
  private final Tensor embedding;
  private final List<Layer> layers = new ArrayList<>();
  private final Tensor norm;
  private final Tensor output;

  private TorchWeights(TensorSource source, LlamaConfig c, DeviceTensors tensors) {
    this.tensors = tensors;
    embedding = matrix(source, "model.embed_tokens.weight", c);
    for (int i = 0; i < c.layers(); i++) {
      layers.add(layer(source, c, "model.layers." + i + "."));
    }
    norm = vector(source, "model.norm.weight", c.dim());
    output = c.tied() ? embedding : matrix(source, "lm_head.weight", c);
  }

  /**
   * Reads the weights of a model folder.
   *
   * @param tensors whose they are
   * @throws IOException when a file is torn, or a tensor is missing or has another shape than the configuration says
   */
  static TorchWeights open(Path folder, LlamaConfig config, DeviceTensors tensors) throws IOException {
    try (TensorSource source = TensorSource.openFolder(folder)) {
      return new TorchWeights(source, config, tensors);
    } catch (IllegalArgumentException e) {
      throw new IOException(folder + ": " + e.getMessage(), e);
    }
  }

  private Layer layer(TensorSource source, LlamaConfig c, String at) {
    String attention = at + "self_attn.";
    return new Layer(
        vector(source, at + "input_layernorm.weight", c.dim()),
        TorchProjection.read(tensors, source,
            new Target(attention + "q_proj", c.queryDim(), c.dim()),
            new Target(attention + "k_proj", c.kvDim(), c.dim()),
            new Target(attention + "v_proj", c.kvDim(), c.dim())),
        headNorms(source, c, attention),
        TorchProjection.read(tensors, source, new Target(attention + "o_proj", c.dim(), c.queryDim())),
        vector(source, at + "post_attention_layernorm.weight", c.dim()),
        TorchProjection.read(tensors, source,
            new Target(at + "mlp.gate_proj", c.hidden(), c.dim()), new Target(at + "mlp.up_proj", c.hidden(), c.dim())),
        TorchProjection.read(tensors, source, new Target(at + "mlp.down_proj", c.dim(), c.hidden())));
  }

  private @Nullable Tensor headNorms(TensorSource source, LlamaConfig c, String attention) {
    if (source.find(attention + "q_norm.weight").isEmpty() && source.find(attention + "k_norm.weight").isEmpty()) {
      return null;
    }
    float[] q = source.tensor(attention + "q_norm.weight").requireShape(c.headDim()).toFloats();
    float[] k = source.tensor(attention + "k_norm.weight").requireShape(c.headDim()).toFloats();
    float[] all = new float[c.queryDim() + c.kvDim()];
    for (int i = 0; i < all.length; i++) {
      all[i] = (i < c.queryDim() ? q : k)[i % c.headDim()];
    }
    return tensors.of(DType.F32, all, c.heads() + c.kvHeads(), c.headDim());
  }

  private Tensor matrix(TensorSource source, String name, LlamaConfig c) {
    return tensors.matrices(source, List.of(new Target(name, c.vocabulary(), c.dim())));
  }

  private Tensor vector(TensorSource source, String name, int size) {
    return tensors.of(tensors.dtype(), source.tensor(name).requireShape(size).toFloats(), size);
  }

  /** [vocabulary, dim]. */
  Tensor embedding() {
    return embedding;
  }

  List<Layer> layers() {
    return layers;
  }

  /** [dim]. */
  Tensor norm() {
    return norm;
  }

  /** [vocabulary, dim]. */
  Tensor output() {
    return output;
  }

  /** The matrices that adapters may change: those of the layers. */
  List<Target> adaptable() {
    return layers.stream().flatMap(l -> Stream.of(l.qkv, l.o, l.gateUp, l.down)).flatMap(p -> p.parts().stream()).toList();
  }
}
