// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.upstream;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.millrace.core.generation.OutputFormat;
import io.millrace.core.generation.SamplingOptions;
import tools.jackson.databind.node.ObjectNode;

/** What servers take beyond the fields that all have from OpenAI, as their documentation says. */
public enum Dialect {
  /** OpenAI's own fields only; also for hosted services that say no more. */
  @JsonProperty("openai")
  OPENAI("max_completion_tokens"),

  /** vLLM: https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html, "Extra parameters". */
  @JsonProperty("vllm")
  VLLM("max_tokens") {
    @Override
    void extras(SamplingOptions sampling, ObjectNode body) {
      putExtras(sampling, "repetition_penalty", body);
    }

    @Override
    void form(OutputFormat format, ObjectNode body) {
      if (format instanceof OutputFormat.Regex(String pattern)) {
        body.putObject("structured_outputs").put("regex", pattern);
      } else if (format instanceof OutputFormat.Grammar(String rules)) {
        body.putObject("structured_outputs").put("grammar", rules);
      }
    }

    @Override
    void priority(int priority, ObjectNode body) {
      if (priority != 0) {
        body.put("priority", -priority); // lower ones go first there
      }
    }
  },

  /** llama.cpp's server: https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md. */
  @JsonProperty("llama.cpp")
  LLAMA_CPP("max_tokens") {
    @Override
    void extras(SamplingOptions sampling, ObjectNode body) {
      putExtras(sampling, "repeat_penalty", body);
    }

    @Override
    void form(OutputFormat format, ObjectNode body) {
      if (format instanceof OutputFormat.Grammar(String rules)) {
        body.put("grammar", rules);
      } else {
        super.form(format, body);
      }
    }
  },

  /** Ollama: https://github.com/ollama/ollama/blob/main/docs/openai.md. */
  @JsonProperty("ollama")
  OLLAMA("max_tokens");

  private final String maxTokens;

  Dialect(String maxTokens) {
    this.maxTokens = maxTokens;
  }

  /** The field that limits an answer's length. */
  String maxTokens() {
    return maxTokens;
  }

  /** Puts sampling options that OpenAI does not have, or refuses them. */
  void extras(SamplingOptions sampling, ObjectNode body) {
    if (sampling.topK() > 0 || sampling.minP() > 0 || sampling.repetitionPenalty() != 1) {
      throw new IllegalArgumentException(
          "the upstream takes neither top_k, min_p nor repetition_penalty: leave them out, or set upstream.dialect");
    }
  }

  /** Puts a form of the output that OpenAI does not have, or refuses it. */
  void form(OutputFormat format, ObjectNode body) {
    if (format instanceof OutputFormat.Regex || format instanceof OutputFormat.Grammar) {
      throw new IllegalArgumentException(
          "the upstream takes no " + (format instanceof OutputFormat.Regex ? "regular expression" : "grammar")
              + ": use a JSON schema, or another model");
    }
  }

  /** Puts a request's priority; servers that have none serve as they like. */
  void priority(int priority, ObjectNode body) {}

  private static void putExtras(SamplingOptions sampling, String penalty, ObjectNode body) {
    if (sampling.topK() > 0) {
      body.put("top_k", sampling.topK());
    }
    if (sampling.minP() > 0) {
      body.put("min_p", sampling.minP());
    }
    if (sampling.repetitionPenalty() != 1) {
      body.put(penalty, sampling.repetitionPenalty());
    }
  }
}
