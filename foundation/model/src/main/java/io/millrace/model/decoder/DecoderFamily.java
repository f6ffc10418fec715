// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import java.util.Arrays;
import java.util.stream.Collectors;

/** The decoders that are computed here; they differ in a bias, a norm, and whether a feed-forward is a mixture. */
public enum DecoderFamily {
  /** Llama 1 to 3 (Touvron et al. 2023, Grattafiori et al. 2024). */
  LLAMA("llama", "LlamaForCausalLM"),
  /** Qwen 2 and 2.5 (Yang et al. 2024): biases on query, key and value. */
  QWEN2("qwen2", "Qwen2ForCausalLM"),
  /** Qwen 3 (Yang et al. 2025): each head of query and key is normalised before it is rotated. */
  QWEN3("qwen3", "Qwen3ForCausalLM"),
  /** Mixtral (Jiang et al. 2024): every feed-forward is a mixture of experts. */
  MIXTRAL("mixtral", "MixtralForCausalLM"),
  /** Qwen 1.5 and 2 as mixtures, with an expert that all tokens share. */
  QWEN2_MOE("qwen2_moe", "Qwen2MoeForCausalLM"),
  /** Qwen 3 as a mixture. */
  QWEN3_MOE("qwen3_moe", "Qwen3MoeForCausalLM");

  private final String modelType;
  private final String architecture;

  DecoderFamily(String modelType, String architecture) {
    this.modelType = modelType;
    this.architecture = architecture;
  }

  /** The {@code model_type} in {@code config.json}. */
  public String modelType() {
    return modelType;
  }

  /** The class of Hugging Face's transformers that reads such a folder. */
  public String architecture() {
    return architecture;
  }

  /** Whether query, key and value have a bias. */
  public boolean qkvBias() {
    return this == QWEN2 || this == QWEN2_MOE;
  }

  /** Whether each head of query and key is normalised. */
  public boolean qkNorm() {
    return this == QWEN3 || this == QWEN3_MOE;
  }

  /** Whether feed-forwards are mixtures of experts. */
  public boolean mixture() {
    return this == MIXTRAL || this == QWEN2_MOE || this == QWEN3_MOE;
  }

  /**
   * The family of that {@code model_type}.
   *
   * @throws IllegalArgumentException naming it and those that are known, if it is another
   */
  public static DecoderFamily ofModelType(String modelType) {
    return Arrays.stream(values()).filter(family -> family.modelType.equals(modelType)).findFirst().orElseThrow(
        () -> new IllegalArgumentException("config.json: model_type '%s': only %s are computed".formatted(modelType,
            Arrays.stream(values()).map(DecoderFamily::modelType).collect(Collectors.joining(", ")))));
  }
}
