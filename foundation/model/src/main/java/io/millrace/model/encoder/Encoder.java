// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.encoder;

import io.millrace.model.checkpoint.Weights;
import io.millrace.tensor.DType;
import io.millrace.tensor.Device;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import io.millrace.tensor.Torch;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A BERT encoder (Devlin et al. 2019) without its pooler, for training and for reading.
 *
 * <p>Computes in the number format of its weights, attention as a product, a softmax and a product. Layers whose
 * weights record no gradients below the first that does cost no backward pass.
 */
public final class Encoder implements AutoCloseable {
  private record Dense(Tensor weight, Tensor bias) {
    Tensor apply(Tensor x) {
      return torch.linear(x, weight, bias);
    }
  }

  private record Norm(Tensor weight, Tensor bias, double eps) {
    Tensor apply(Tensor x) {
      return torch.layer_norm(
          x, new long[] {weight.size(0)}, new TensorOptional(weight), new TensorOptional(bias), eps, false);
    }
  }

  private record Layer(Dense qkv, Dense attentionOut, Norm attentionNorm, Dense inner, Dense out, Norm outNorm) {}

  private final EncoderConfig config;
  private final Weights weights;
  private final Tensor words;
  private final Tensor positions;
  private final Tensor types;
  private final Norm embeddingNorm;
  private final List<Layer> layers = new ArrayList<>();

  /** An encoder that computes with {@code weights}, which may hold other tensors too and from now on are its own. */
  public Encoder(EncoderConfig config, Weights weights) {
    this.config = config;
    this.weights = weights;
    this.words = weights.get(EncoderWeights.WORDS);
    this.positions = weights.get(EncoderWeights.POSITIONS);
    this.types = weights.get(EncoderWeights.TYPES);
    this.embeddingNorm = norm(EncoderWeights.EMBEDDING_NORM);
    for (int i = 0; i < config.layers(); i++) {
      String prefix = EncoderWeights.layer(i);
      layers.add(new Layer(
          dense(prefix + EncoderWeights.QKV),
          dense(prefix + EncoderWeights.ATTENTION_OUT),
          norm(prefix + EncoderWeights.ATTENTION_NORM),
          dense(prefix + EncoderWeights.INNER),
          dense(prefix + EncoderWeights.OUT),
          norm(prefix + EncoderWeights.OUT_NORM)));
    }
  }

  private Dense dense(String name) {
    return new Dense(weights.get(name + ".weight"), weights.get(name + ".bias"));
  }

  private Norm norm(String name) {
    return new Norm(weights.get(name + ".weight"), weights.get(name + ".bias"), config.layerNormEps());
  }

  /** A new encoder in F32 on the CPU with random weights. */
  public static Encoder random(EncoderConfig config, long seed) {
    return random(config, seed, Device.CPU);
  }

  /** A new encoder in F32 with random weights, the same on every device. */
  public static Encoder random(EncoderConfig config, long seed, Device device) {
    return new Encoder(config, Torch.seeded(seed, () -> Weights.create(DType.F32, device, EncoderWeights.slots(config))));
  }

  /** An encoder in F32 on the CPU with the weights of a file. */
  public static Encoder of(EncoderTensors tensors) {
    EncoderConfig config = tensors.config();
    Weights weights = Weights.create(DType.F32, EncoderWeights.slots(config));
    try (Scope _ = Scope.open();
        NoGrad _ = NoGrad.open()) {
      EncoderWeights.huggingFace(config, weights).forEach((name, target) -> {
        int[] shape = Arrays.stream(target.shape()).mapToInt(Math::toIntExact).toArray();
        target.copy_(Tensors.of(tensors.floats(name, shape), target.shape()));
      });
    } catch (Throwable t) {
      weights.close();
      throw t;
    }
    return new Encoder(config, weights);
  }

  /** A copy that computes in another number format. */
  public Encoder as(DType dtype) {
    return new Encoder(config, weights.as(dtype));
  }

  /** A copy that computes on another device. */
  public Encoder on(Device device) {
    return new Encoder(config, weights.on(device));
  }

  /**
   * The last hidden states.
   *
   * @param tokens [batch, time] I64 or I32
   * @param segments [batch, time]: 0 for the first text, 1 for the second
   * @param lengths [batch] I64: how many tokens of each row are not padding
   * @return [batch, time, hiddenSize]; rows of padding hold no meaning
   */
  public Tensor hidden(Tensor tokens, Tensor segments, Tensor lengths) {
    long time = tokens.size(1);
    if (time > config.maxPositions()) {
      throw new IllegalArgumentException(
          "sequence of %d tokens: this encoder has %d positions".formatted(time, config.maxPositions()));
    }
    Device device = weights.device();
    Tensor mask = mask(device.move(lengths), time);
    Tensor x = embeddingNorm.apply(torch.embedding(words, device.move(tokens))
        .add(positions.narrow(0, 0, time)).add(torch.embedding(types, device.move(segments))));
    for (Layer layer : layers) {
      Tensor before = x;
      // What lies between is freed at once: gradients keep what they need, and layers that do not learn need nothing.
      Tensor seen = Scope.only(() -> layer.attentionNorm.apply(before.add(layer.attentionOut.apply(attention(layer, before, mask)))));
      x = Scope.only(() -> layer.outNorm.apply(seen.add(layer.out.apply(torch.gelu(layer.inner.apply(seen))))));
    }
    return x;
  }

  private Tensor mask(Tensor lengths, long time) {
    Tensor places = torch.arange(new Scalar(time), weights.device().options(DType.I64));
    Tensor padding = places.unsqueeze(0).ge(lengths.unsqueeze(1));
    return torch.zeros(padding.shape(), weights.device().options(weights.dtype()))
        .masked_fill(padding, new Scalar(-1e30)).unsqueeze(1).unsqueeze(1);
  }

  private Tensor attention(Layer layer, Tensor x, Tensor mask) {
    long batch = x.size(0);
    long time = x.size(1);
    long dim = config.headDim();
    TensorVector parts = layer.qkv.apply(x).view(batch, time, 3L * config.heads(), dim).transpose(1, 2).chunk(3, 1);
    Tensor q = parts.get(0).mul(new Scalar(1 / Math.sqrt(dim)));
    Tensor scores = q.matmul(parts.get(1).transpose(-2, -1)).add(mask);
    Tensor seen = scores.softmax(-1).matmul(parts.get(2));
    return seen.transpose(1, 2).reshape(batch, time, config.hiddenSize());
  }

  /** The shape. */
  public EncoderConfig config() {
    return config;
  }

  /** The learned tensors. */
  public Weights weights() {
    return weights;
  }

  @Override
  public void close() {
    weights.close();
  }
}
