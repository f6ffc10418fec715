// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.gguf;

import io.millrace.model.decoder.DecoderConfig;
import io.millrace.model.decoder.DecoderFamily;
import io.millrace.model.decoder.Experts;
import io.millrace.model.decoder.RopeScaling;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A decoder's shape as the metadata keys that llama.cpp reads; what its implementation of the family computes otherwise
 * is refused.
 *
 * @see <a href="https://github.com/ggml-org/llama.cpp/blob/master/gguf-py/gguf/constants.py">the keys</a>
 */
final class GgufMetadata {
  private final DecoderConfig config;
  private final String architecture;
  private final Map<String, GgufValue> keys = new LinkedHashMap<>();

  private GgufMetadata(DecoderConfig config) {
    this.config = config;
    this.architecture = architecture(config.family());
  }

  /** The value of {@code general.architecture}: a Mixtral is a "llama" with experts. */
  static String architecture(DecoderFamily family) {
    return switch (family) {
      case LLAMA, MIXTRAL -> "llama";
      case QWEN2 -> "qwen2";
      case QWEN3 -> "qwen3";
      case QWEN2_MOE -> "qwen2moe";
      case QWEN3_MOE -> "qwen3moe";
    };
  }

  /**
   * The keys that describe the shape.
   *
   * @param name what the model is called
   * @param type how its matrices are stored
   * @throws IllegalArgumentException naming the key of {@code config.json} that has no like in llama.cpp
   */
  static Map<String, GgufValue> of(DecoderConfig config, String name, GgufType type) {
    return new GgufMetadata(config).keys(name, type);
  }

  private Map<String, GgufValue> keys(String name, GgufType type) {
    refuseWhatIsComputedOtherwise();
    keys.put("general.architecture", GgufValue.text(architecture));
    keys.put("general.type", GgufValue.text("model"));
    keys.put("general.name", GgufValue.text(name));
    keys.put("general.file_type", GgufValue.count(type.fileType()));
    keys.put("general.quantization_version", GgufValue.count(2));
    keys.put(GgufWriter.ALIGNMENT_KEY, GgufValue.count(GgufWriter.ALIGNMENT));
    // Positions that stretch by themselves are plain ones up to the length of training, which is promised here.
    put("context_length", config.ropeScaling() instanceof RopeScaling.Dynamic(double _, int trained)
        ? Math.min(trained, config.maxPositions()) : config.maxPositions());
    put("embedding_length", config.hiddenSize());
    put("block_count", config.layers());
    put("feed_forward_length", config.intermediateSize());
    put("vocab_size", config.vocabSize());
    put("attention.head_count", config.heads());
    put("attention.head_count_kv", config.kvHeads());
    put("attention.key_length", config.headDim());
    put("attention.value_length", config.headDim());
    put("attention.layer_norm_rms_epsilon", config.rmsNormEps());
    put("rope.dimension_count", config.headDim());
    put("rope.freq_base", config.ropeTheta());
    ropeScaling();
    Experts experts = config.experts();
    if (experts != null) {
      put("expert_count", experts.count());
      put("expert_used_count", experts.perToken());
      put("expert_feed_forward_length", experts.intermediateSize());
      if (experts.sharedIntermediateSize() > 0) {
        put("expert_shared_feed_forward_length", experts.sharedIntermediateSize());
      }
    }
    return keys;
  }

  private void put(String key, int value) {
    keys.put(architecture + "." + key, GgufValue.count(value));
  }

  private void put(String key, double value) {
    keys.put(architecture + "." + key, GgufValue.real(value));
  }

  private void put(String key, String value) {
    keys.put(architecture + "." + key, GgufValue.text(value));
  }

  private void ropeScaling() {
    switch (config.ropeScaling()) {
      case RopeScaling.None _, RopeScaling.Dynamic _, RopeScaling.Llama3 _ -> { }
      case RopeScaling.Linear(double factor) -> {
        put("rope.scaling.type", "linear");
        put("rope.scaling.factor", factor);
      }
      case RopeScaling.Yarn yarn -> {
        put("rope.scaling.type", "yarn");
        put("rope.scaling.factor", yarn.factor());
        put("rope.scaling.original_context_length", yarn.trained());
        put("rope.scaling.yarn_beta_fast", yarn.betaFast());
        put("rope.scaling.yarn_beta_slow", yarn.betaSlow());
        // The reader multiplies the paper's factor with this one.
        put("rope.scaling.attn_factor", yarn.attentionFactor() / (0.1 * Math.log(yarn.factor()) + 1));
      }
    }
  }

  private void refuseWhatIsComputedOtherwise() {
    if (config.ropeScaling() instanceof RopeScaling.Llama3 && !architecture.equals("llama")) {
      throw refused("rope_type llama3", "reads rotary factors for llama only");
    }
    if (config.ropeScaling() instanceof RopeScaling.Yarn yarn && !yarn.truncate()) {
      throw refused("rope_scaling: truncate false", "rounds the ends of YaRN's ramp");
    }
    if (config.ropeScaling() instanceof RopeScaling.Yarn yarn && (yarn.betaFast() != 32 || yarn.betaSlow() != 1)) {
      // There are keys for them, but readers that were tried compute with the paper's all the same.
      throw refused("rope_scaling: beta_fast " + yarn.betaFast() + ", beta_slow " + yarn.betaSlow(), "computes with 32 and 1");
    }
    if (config.family().qkvBias() && (long) config.heads() * config.headDim() != config.hiddenSize()) {
      throw refused("num_attention_heads " + config.heads() + " × head_dim " + config.headDim(),
          "expects hidden_size " + config.hiddenSize());
    }
    Experts experts = config.experts();
    if (experts == null) {
      return;
    }
    if (config.mixtures() != config.layers()) {
      throw refused("decoder_sparse_step " + experts.everyth() + ", mlp_only_layers " + experts.dense(),
          "has a mixture of experts in every block");
    }
    boolean normalises = config.family() != DecoderFamily.QWEN2_MOE;
    if (experts.normalise() != normalises) {
      throw refused("norm_topk_prob " + experts.normalise(),
          normalises ? "makes the shares of a token's experts add up to 1" : "takes the shares as they are");
    }
  }

  private IllegalArgumentException refused(String key, String difference) {
    return new IllegalArgumentException(
        "config.json: " + key + " cannot go into GGUF: llama.cpp's " + architecture + " " + difference);
  }
}
