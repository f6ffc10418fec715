// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import io.millrace.model.checkpoint.Weights;
import io.millrace.tensor.DType;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Torch;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

import java.util.ArrayList;
import java.util.List;

/**
 * A Llama decoder for training: rotary positions, grouped queries, RMSNorm, SwiGLU.
 *
 * <p>Computes in the number format of its weights. Attention is a product, a softmax and a product rather than
 * libtorch's fused attention, which is several times slower on CPUs in BF16. Sources: Touvron et al. 2023 (LLaMA);
 * Zhang and Sennrich 2019 (RMSNorm); Shazeer 2020 (SwiGLU). Serving uses another implementation with a cache.
 */
public final class Decoder implements AutoCloseable {
  /** The label of a position that the loss ignores. */
  public static final long IGNORED = -100;

  private record Block(Tensor norm1, Tensor qkv, Tensor out, Tensor norm2, Tensor gateUp, Tensor down) {}

  private final DecoderConfig config;
  private final Weights weights;
  private final RotaryEmbedding rotary;
  private final List<Block> blocks = new ArrayList<>();
  private final Tensor embedding;
  private final Tensor norm;
  private final Tensor head;

  /** A decoder that computes with, and from now on owns, {@code weights}; see {@link DecoderWeights}. */
  public Decoder(DecoderConfig config, Weights weights) {
    this.config = config;
    this.weights = weights;
    this.rotary = new RotaryEmbedding(config.maxPositions(), config.headDim(), config.ropeTheta(), weights.dtype());
    this.embedding = weights.get(DecoderWeights.EMBEDDING);
    this.norm = weights.get(DecoderWeights.NORM);
    this.head = config.tieEmbeddings() ? embedding : weights.get(DecoderWeights.HEAD);
    for (int layer = 0; layer < config.layers(); layer++) {
      String prefix = DecoderWeights.layer(layer);
      blocks.add(new Block(
          weights.get(prefix + DecoderWeights.NORM1),
          weights.get(prefix + DecoderWeights.QKV),
          weights.get(prefix + DecoderWeights.OUT),
          weights.get(prefix + DecoderWeights.NORM2),
          weights.get(prefix + DecoderWeights.GATE_UP),
          weights.get(prefix + DecoderWeights.DOWN)));
    }
  }

  /** A new decoder in F32 with random weights. */
  public static Decoder random(DecoderConfig config, long seed) {
    Torch.seed(seed);
    return new Decoder(config, Weights.create(DType.F32, DecoderWeights.slots(config)));
  }

  /** A copy that computes in another number format. */
  public Decoder as(DType dtype) {
    return new Decoder(config, weights.as(dtype));
  }

  /**
   * The additive attention mask of packed rows: a token sees itself and earlier tokens of its own document only.
   *
   * @param documents [batch, time] I64, a number for each document, equal within one
   * @return [batch, 1, 1, time, time] in this decoder's number format: 0, or a large negative number
   */
  public Tensor mask(Tensor documents) {
    Tensor same = documents.unsqueeze(2).eq(documents.unsqueeze(1)).tril();
    Tensor zero = torch.zeros(new long[] {}, weights.dtype().options());
    return torch.where(same, zero, new Scalar(-1e30)).to(weights.dtype().torch()).unsqueeze(1).unsqueeze(1);
  }

  /**
   * The last hidden states, normalised.
   *
   * @param tokens [batch, time] I64 or I32
   * @param mask see {@link #mask}
   * @return [batch, time, hiddenSize]
   */
  public Tensor hidden(Tensor tokens, Tensor mask) {
    if (tokens.size(1) > config.maxPositions()) {
      throw new IllegalArgumentException(
          "sequence of %d tokens: this decoder has %d positions".formatted(tokens.size(1), config.maxPositions()));
    }
    Tensor x = torch.embedding(embedding, tokens);
    for (Block block : blocks) {
      x = x.add(attention(block, normalised(x, block.norm1), mask));
      x = x.add(feedForward(block, normalised(x, block.norm2)));
    }
    return normalised(x, norm);
  }

  private Tensor attention(Block block, Tensor x, Tensor mask) {
    long batch = x.size(0);
    long time = x.size(1);
    long dim = config.headDim();
    long groups = config.kvHeads();
    long perGroup = config.heads() / groups;
    long queries = config.heads() * dim;
    long keys = groups * dim;
    TensorVector parts = torch.linear(x, block.qkv).split(new long[] {queries, keys, keys}, -1);
    Tensor q = rotary.apply(parts.get(0).view(batch, time, config.heads(), dim).transpose(1, 2));
    Tensor k = rotary.apply(parts.get(1).view(batch, time, groups, dim).transpose(1, 2));
    Tensor v = parts.get(2).view(batch, time, groups, dim).transpose(1, 2);
    // The queries of a group are stacked along time, so that one product serves all heads that share a key.
    Tensor stacked = q.reshape(batch, groups, perGroup * time, dim).mul(new Scalar(1 / Math.sqrt(dim)));
    Tensor scores = stacked.matmul(k.transpose(-2, -1)).view(batch, groups, perGroup, time, time).add(mask);
    Tensor seen = scores.softmax(-1).view(batch, groups, perGroup * time, time).matmul(v);
    Tensor joined = seen.view(batch, config.heads(), time, dim).transpose(1, 2).reshape(batch, time, queries);
    return torch.linear(joined, block.out);
  }

  private Tensor feedForward(Block block, Tensor x) {
    TensorVector parts = torch.linear(x, block.gateUp).chunk(2, -1);
    return torch.linear(torch.silu(parts.get(0)).mul(parts.get(1)), block.down);
  }

  private Tensor normalised(Tensor x, Tensor weight) {
    return torch.rms_norm(
        x, new long[] {config.hiddenSize()}, new TensorOptional(weight), new DoubleOptional(config.rmsNormEps()));
  }

  /** Scores of every token of the vocabulary: [n, hiddenSize] to [n, vocabSize]. */
  public Tensor logits(Tensor hidden) {
    return torch.linear(hidden, head);
  }

  /**
   * The mean cross-entropy in nats over the positions that have a label.
   *
   * @param hidden [batch, time, hiddenSize]
   * @param positions [n] I64, indices into batch × time: the positions that have a label
   * @param labels [n] I64, the token to predict there
   * @return a scalar, F32 or F64
   */
  public Tensor loss(Tensor hidden, Tensor positions, Tensor labels) {
    Tensor flat = hidden.reshape(-1, config.hiddenSize());
    // Selecting costs a copy, so it is left out where nearly every position is wanted anyway.
    Tensor wanted = positions.numel() == flat.size(0) ? flat : flat.index_select(0, positions);
    Tensor logits = logits(wanted);
    return torch.cross_entropy_loss(weights.dtype() == DType.F64 ? logits : logits.to(DType.F32.torch()), labels);
  }

  /** The shape. */
  public DecoderConfig config() {
    return config;
  }

  /** The learned tensors. */
  public Weights weights() {
    return weights;
  }

  @Override
  public void close() {
    rotary.close();
    weights.close();
  }
}
