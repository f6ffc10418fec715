// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

import java.util.List;

/**
 * The shape of a decoder, as in Hugging Face's {@code config.json}; {@link DecoderConfigJson} reads and writes it.
 *
 * @param family which decoder it is
 * @param vocabSize tokens
 * @param hiddenSize width of the residual stream
 * @param intermediateSize width inside a dense SwiGLU block
 * @param layers blocks
 * @param heads query heads
 * @param kvHeads key and value heads; divides {@code heads} (Ainslie et al. 2023, GQA)
 * @param headDim width of a head, even
 * @param maxPositions longest sequence, but see {@link #longestSequence}
 * @param ropeTheta base of the rotary frequencies (Su et al. 2021)
 * @param ropeScaling how positions are stretched
 * @param rmsNormEps added to the mean square before the root
 * @param tieEmbeddings whether the output layer is the embedding matrix
 * @param bosId token that begins a text, -1 if none
 * @param eosIds tokens that end a text or an answer; the first is the one that training data end with
 * @param padId token that fills a batch, -1 if none
 * @param experts the mixture of experts, for the families that have one, else null
 */
public record DecoderConfig(
    DecoderFamily family,
    int vocabSize,
    int hiddenSize,
    int intermediateSize,
    int layers,
    int heads,
    int kvHeads,
    int headDim,
    int maxPositions,
    double ropeTheta,
    RopeScaling ropeScaling,
    double rmsNormEps,
    boolean tieEmbeddings,
    int bosId,
    List<Integer> eosIds,
    int padId,
    @Nullable Experts experts) {

  /** Checks that the sizes are positive and fit together. */
  public DecoderConfig {
    eosIds = List.copyOf(eosIds);
    positive("vocab_size", vocabSize);
    positive("hidden_size", hiddenSize);
    positive("intermediate_size", intermediateSize);
    positive("num_hidden_layers", layers);
    positive("num_attention_heads", heads);
    positive("num_key_value_heads", kvHeads);
    positive("head_dim", headDim);
    positive("max_position_embeddings", maxPositions);
    if (heads % kvHeads != 0) {
      throw new IllegalArgumentException(
          "num_attention_heads " + heads + " is not a multiple of num_key_value_heads " + kvHeads);
    }
    if (headDim % 2 != 0) {
      throw new IllegalArgumentException("head_dim " + headDim + " is odd: rotary embeddings need pairs");
    }
    if (!(ropeTheta > 0) || !(rmsNormEps >= 0)) {
      throw new IllegalArgumentException(
          "rope_theta " + ropeTheta + " must be positive and rms_norm_eps " + rmsNormEps + " not negative");
    }
    if (family.mixture() != (experts != null)) {
      throw new IllegalArgumentException(
          "model_type " + family.modelType() + (experts == null ? ": its experts are missing" : ": it has no experts"));
    }
    if (experts != null && experts.sharedIntermediateSize() > 0 && family != DecoderFamily.QWEN2_MOE) {
      throw new IllegalArgumentException("model_type " + family.modelType() + ": only qwen2_moe has a shared expert");
    }
    if (family == DecoderFamily.QWEN2_MOE && experts != null && experts.sharedIntermediateSize() == 0) {
      throw new IllegalArgumentException("model_type qwen2_moe: shared_expert_intermediate_size 0: must be at least 1");
    }
    if (family == DecoderFamily.MIXTRAL && experts != null && !(experts.normalise() && experts.everyth() == 1
        && experts.dense().isEmpty() && experts.intermediateSize() == intermediateSize)) {
      throw new IllegalArgumentException("model_type mixtral: experts are in every block, are as wide as intermediate_size "
          + intermediateSize + ", and their shares add up to 1; found " + experts);
    }
  }

  /** A plain Llama. */
  public DecoderConfig(
      int vocabSize,
      int hiddenSize,
      int intermediateSize,
      int layers,
      int heads,
      int kvHeads,
      int headDim,
      int maxPositions,
      double ropeTheta,
      double rmsNormEps,
      boolean tieEmbeddings,
      int bosId,
      int eosId,
      int padId) {
    this(DecoderFamily.LLAMA, vocabSize, hiddenSize, intermediateSize, layers, heads, kvHeads, headDim, maxPositions,
        ropeTheta, RopeScaling.NONE, rmsNormEps, tieEmbeddings, bosId, eosId < 0 ? List.of() : List.of(eosId), padId, null);
  }

  private static void positive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " " + value + ": must be at least 1");
    }
  }

  /** About ten million parameters: width 320, 6 layers, 5 query heads over 1 key-value head, tied embeddings. */
  public static DecoderConfig small(int vocabSize, int bosId, int eosId, int padId) {
    return new DecoderConfig(
        vocabSize, 320, 896, 6, 5, 1, 64, 1024, 10_000, 1e-5, true, bosId, eosId, padId);
  }

  /** The same sizes as another family of dense decoders. */
  public DecoderConfig as(DecoderFamily other) {
    return as(other, null);
  }

  /** The same sizes as another family; {@code mixture} is null for one of dense decoders. */
  public DecoderConfig as(DecoderFamily other, @Nullable Experts mixture) {
    return new DecoderConfig(other, vocabSize, hiddenSize, intermediateSize, layers, heads, kvHeads, headDim,
        maxPositions, ropeTheta, ropeScaling, rmsNormEps, tieEmbeddings, bosId, eosIds, padId, mixture);
  }

  /** The same with fewer or more blocks, groups of heads (a key-value head and its queries) and units in a dense block. */
  public DecoderConfig resized(int newLayers, int newKvHeads, int newIntermediateSize) {
    return new DecoderConfig(family, vocabSize, hiddenSize, newIntermediateSize, newLayers, heads / kvHeads * newKvHeads,
        newKvHeads, headDim, maxPositions, ropeTheta, ropeScaling, rmsNormEps, tieEmbeddings, bosId, eosIds, padId, experts);
  }

  /** The same with positions stretched, to that many. */
  public DecoderConfig stretched(RopeScaling scaling, int positions) {
    return new DecoderConfig(family, vocabSize, hiddenSize, intermediateSize, layers, heads, kvHeads, headDim, positions,
        ropeTheta, scaling, rmsNormEps, tieEmbeddings, bosId, eosIds, padId, experts);
  }

  /**
   * Reads {@code config.json}.
   *
   * @throws IllegalArgumentException naming the key, when the model has a part that is not computed here
   */
  public static DecoderConfig ofHuggingFace(JsonNode json) {
    return DecoderConfigJson.read(json);
  }

  /** The text of {@code config.json} that describes this shape. */
  public String toHuggingFace() {
    return DecoderConfigJson.write(this);
  }

  /** The token that training data end with, -1 if none. */
  public int eosId() {
    return eosIds.isEmpty() ? -1 : eosIds.getFirst();
  }

  /** Tokens of the longest sequence that can be read: more than {@code maxPositions} if they stretch by themselves. */
  public int longestSequence() {
    return ropeScaling.longest(maxPositions);
  }

  /** The mixture of a block, counted from 0, or null if it is dense. */
  public @Nullable Experts expertsAt(int layer) {
    return experts != null && experts.at(layer) ? experts : null;
  }

  /** How many blocks are mixtures of experts. */
  public int mixtures() {
    int count = 0;
    for (int layer = 0; layer < layers; layer++) {
      count += expertsAt(layer) == null ? 0 : 1;
    }
    return count;
  }

  /** Parameters of a decoder of this shape. */
  public long parameters() {
    return parameters(Integer.MAX_VALUE);
  }

  /** Parameters that take part in the reading of one token: of the experts only those that it is sent to. */
  public long activeParameters() {
    return parameters(experts == null ? 0 : experts.perToken());
  }

  private long parameters(int mostExperts) {
    long width = hiddenSize;
    long queries = (long) heads * headDim;
    long keys = (long) kvHeads * headDim;
    long sum = (tieEmbeddings ? 1 : 2) * vocabSize * width + width;
    for (int layer = 0; layer < layers; layer++) {
      sum += width * (2 * queries + 2 * keys) + 2 * width;
      sum += (family.qkvBias() ? queries + 2 * keys : 0) + (family.qkNorm() ? 2L * headDim : 0);
      Experts mixture = expertsAt(layer);
      if (mixture == null) {
        sum += 3 * width * intermediateSize;
      } else {
        sum += width * mixture.count() + 3 * width * mixture.intermediateSize() * Math.min(mostExperts, mixture.count());
        sum += mixture.sharedIntermediateSize() == 0 ? 0 : 3 * width * mixture.sharedIntermediateSize() + width;
      }
    }
    return sum;
  }
}
