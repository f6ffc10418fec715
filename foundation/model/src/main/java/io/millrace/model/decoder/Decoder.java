// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import io.millrace.model.checkpoint.Residence;
import io.millrace.model.checkpoint.Weights;
import io.millrace.tensor.DType;
import io.millrace.tensor.Device;
import io.millrace.tensor.Torch;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/**
 * A decoder of the Llama kind for training: rotary positions, grouped queries, RMSNorm, SwiGLU or experts; see
 * {@link DecoderFamily}.
 *
 * <p>Computes in the number format and on the device of its weights; what it is given may be on the CPU. Its matrices
 * come from {@link Linears}, its feed-forwards from a {@link FeedForward.Factory}, so that training can put adapters,
 * quantised storage or slices in their place. Source: Touvron et al. 2023 (LLaMA). Serving uses another implementation.
 */
public final class Decoder implements AutoCloseable {
  /** The label of a position that the loss ignores. */
  public static final long IGNORED = -100;

  private final DecoderConfig config;
  private final Weights weights;
  private final Linears linears;
  private final FeedForward.Factory feedForwards;
  private final RotaryEmbedding rotary;
  private final List<Block> blocks = new ArrayList<>();
  private final Tensor embedding;
  private final RmsNorm norm;
  private final Linear head;
  private final @Nullable FusedLayers fused;
  private final FusedLoss fusedLoss = new FusedLoss();
  private boolean checkpointing;
  private long fusedPasses;

  /** A decoder that computes with, and from now on owns, {@code weights}; see {@link DecoderWeights}. */
  public Decoder(DecoderConfig config, Weights weights) {
    this(config, weights, Linears.PLAIN, FeedForward.Factory.PLAIN);
  }

  /** A decoder with matrices and feed-forwards of its own kind. */
  public Decoder(DecoderConfig config, Weights weights, Linears linears, FeedForward.Factory feedForwards) {
    this.config = config;
    this.weights = weights;
    this.linears = linears;
    this.feedForwards = feedForwards;
    this.rotary = new RotaryEmbedding(config, weights.dtype(), weights.device());
    this.embedding = weights.get(DecoderWeights.EMBEDDING);
    this.norm = new RmsNorm(weights.get(DecoderWeights.NORM), config.rmsNormEps());
    this.head = config.tieEmbeddings()
        ? Linear.of(embedding, null)
        : linears.linear(Linears.Projection.single("lm_head", config.hiddenSize(), config.vocabSize()), weights);
    for (int layer = 0; layer < config.layers(); layer++) {
      blocks.add(new Block(config, layer, rotary, weights, linears, feedForwards));
    }
    this.fused = FusedLayers.of(config, weights, linears, feedForwards, rotary);
  }

  /** A new decoder in F32 on the CPU with random weights. */
  public static Decoder random(DecoderConfig config, long seed) {
    return random(config, seed, Device.CPU);
  }

  /** A new decoder in F32 with random weights, the same on every device. */
  public static Decoder random(DecoderConfig config, long seed, Device device) {
    return new Decoder(config, Torch.seeded(seed, () -> Weights.create(DType.F32, device, DecoderWeights.slots(config))));
  }

  /** A copy that computes in another number format. */
  public Decoder as(DType dtype) {
    return new Decoder(config, weights.as(dtype), linears, feedForwards).checkpointing(checkpointing);
  }

  /** A copy that computes on another device. */
  public Decoder on(Device device) {
    return new Decoder(config, weights.on(device), linears, feedForwards).checkpointing(checkpointing);
  }

  /**
   * Whether to compute each block's activations a second time for its gradient instead of keeping them: less memory,
   * more time, the same numbers.
   */
  public Decoder checkpointing(boolean on) {
    checkpointing = on;
    return this;
  }

  /**
   * The additive attention mask of packed rows: a token sees itself and earlier tokens of its own document only.
   *
   * @param documents [batch, time] I64, a number for each document, equal within one
   * @return [batch, 1, 1, time, time] in this decoder's number format: 0, or a large negative number
   */
  public Tensor mask(Tensor documents) {
    Tensor numbers = weights.device().move(documents);
    Tensor same = numbers.unsqueeze(2).eq(numbers.unsqueeze(1)).tril();
    Tensor zero = torch.zeros(new long[] {}, weights.device().options(weights.dtype()));
    return torch.where(same, zero, new Scalar(-1e30)).to(weights.dtype().torch()).unsqueeze(1).unsqueeze(1);
  }

  /** As {@link #hidden(Tensor, Tensor, AuxiliaryLosses)}, without auxiliary losses and without dropping tokens. */
  public Tensor hidden(Tensor tokens, Tensor mask) {
    return hidden(tokens, mask, AuxiliaryLosses.none());
  }

  /**
   * The last hidden states, normalised.
   *
   * @param tokens [batch, time] I64 or I32
   * @param mask see {@link #mask}
   * @param auxiliary takes the blocks' own losses, which belong into the loss: {@link AuxiliaryLosses#addTo}
   * @return [batch, time, hiddenSize]
   */
  public Tensor hidden(Tensor tokens, Tensor mask, AuxiliaryLosses auxiliary) {
    requireRoom(tokens.size(1));
    Tensor x = torch.embedding(embedding, weights.device().move(tokens));
    Residence residence = weights.residence();
    boolean resident = residence.equals(Residence.ALWAYS);
    if (fused != null && resident && GradMode.is_enabled()) {
      Tensor hidden = fused.hidden(x, mask, checkpointing);
      if (hidden != null) {
        fusedPasses++;
        return hidden;
      }
    }
    // Tensors that leave after the forward pass come back for the gradient only where blocks are computed again.
    if ((checkpointing || !resident) && GradMode.is_enabled()) {
      return norm.apply(Checkpointing.apply(blocks, x, mask, auxiliary, residence));
    }
    for (int layer = 0; layer < blocks.size(); layer++) {
      residence.enter(DecoderWeights.layer(layer));
      x = blocks.get(layer).apply(x, mask, null, auxiliary);
      residence.leave(DecoderWeights.layer(layer));
    }
    return norm.apply(x);
  }

  /**
   * The last hidden states of tokens that follow those in a cache, which takes them up. Without gradients.
   *
   * <p>Rows of unequal length are padded at their beginning and the padding is masked: rotary positions only count by
   * their differences, so a row is read as if it stood alone.
   *
   * @param tokens [batch, time]
   * @param mask additive, [batch, 1, 1, time, cached + time]
   * @return [batch, time, hiddenSize]
   */
  public Tensor hidden(Tensor tokens, Tensor mask, KvCache cache) {
    long time = tokens.size(1);
    requireRoom(cache.length() + time);
    Tensor x = torch.embedding(embedding, weights.device().move(tokens));
    for (int layer = 0; layer < blocks.size(); layer++) {
      weights.residence().enter(DecoderWeights.layer(layer));
      x = blocks.get(layer).apply(x, mask, cache.layer(layer), AuxiliaryLosses.none());
      weights.residence().leave(DecoderWeights.layer(layer));
    }
    cache.advance(time);
    return norm.apply(x);
  }

  /** The embeddings of tokens, [batch, time] to [batch, time, hiddenSize]: what the first block reads. */
  public Tensor embedded(Tensor tokens) {
    return torch.embedding(embedding, weights.device().move(tokens));
  }

  /**
   * One block alone, for those who look at what passes between blocks, such as calibration. Without gradients.
   *
   * @param layer from 0
   * @param x [batch, time, hiddenSize], the output of the block before or {@link #embedded}
   * @param mask see {@link #mask}
   * @return [batch, time, hiddenSize]
   */
  public Tensor block(int layer, Tensor x, Tensor mask) {
    return blocks.get(layer).apply(x, mask, null, AuxiliaryLosses.none());
  }

  /** How many passes went through the hand-written code: a batch that it cannot take is read by libtorch, which is slower. */
  public long fusedPasses() {
    return fusedPasses;
  }

  private void requireRoom(long length) {
    if (length > config.longestSequence()) {
      throw new IllegalArgumentException(
          "sequence of %d tokens: this decoder has %d positions".formatted(length, config.longestSequence()));
    }
  }

  /** Scores of every token of the vocabulary: [n, hiddenSize] to [n, vocabSize]. */
  public Tensor logits(Tensor hidden) {
    return head.apply(hidden);
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
    if (fused != null && GradMode.is_enabled() && hidden.requires_grad()) {
      return fusedLoss.of(flat, config.tieEmbeddings() ? embedding : weights.get(DecoderWeights.HEAD), positions, labels);
    }
    // Selecting costs a copy, so it is left out where nearly every position is wanted anyway.
    Tensor wanted = positions.numel() == flat.size(0) ? flat : flat.index_select(0, weights.device().move(positions));
    Tensor logits = logits(wanted);
    return torch.cross_entropy_loss(
        weights.dtype() == DType.F64 ? logits : logits.to(DType.F32.torch()), weights.device().move(labels));
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
    if (fused != null) {
      fused.close();
    }
    fusedLoss.close();
    rotary.close();
    weights.close();
  }
}
