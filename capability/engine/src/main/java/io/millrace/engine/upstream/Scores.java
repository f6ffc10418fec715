// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.upstream;

import io.millrace.core.generation.TokenScore;
import tools.jackson.databind.JsonNode;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Log-probabilities in both of OpenAI's shapes: of chats, and of the older completions. */
final class Scores {

  private Scores() {}

  static List<TokenScore> of(JsonNode logprobs) {
    return logprobs.path("tokens").isArray() ? ofCompletion(logprobs) : ofChat(logprobs);
  }

  private static List<TokenScore> ofChat(JsonNode logprobs) {
    List<TokenScore> scores = new ArrayList<>();
    for (JsonNode token : logprobs.path("content")) {
      List<TokenScore> alternatives = new ArrayList<>();
      for (JsonNode other : token.path("top_logprobs")) {
        alternatives.add(score(other, List.of()));
      }
      scores.add(score(token, alternatives));
    }
    return scores;
  }

  private static TokenScore score(JsonNode token, List<TokenScore> alternatives) {
    String text = token.path("token").asString("");
    List<Integer> bytes = new ArrayList<>();
    token.path("bytes").forEach(each -> bytes.add(each.asInt(0) & 0xFF));
    return new TokenScore(text, bytes.isEmpty() ? bytes(text) : bytes, token.path("logprob").asDouble(0), alternatives);
  }

  private static List<TokenScore> ofCompletion(JsonNode logprobs) {
    List<TokenScore> scores = new ArrayList<>();
    JsonNode tokens = logprobs.path("tokens");
    for (int i = 0; i < tokens.size(); i++) {
      List<TokenScore> alternatives = new ArrayList<>();
      logprobs.path("top_logprobs").path(i).properties().forEach(
          other -> alternatives.add(
              new TokenScore(other.getKey(), bytes(other.getKey()), other.getValue().asDouble(0), List.of())));
      alternatives.sort((a, b) -> Double.compare(b.logprob(), a.logprob()));
      String text = tokens.path(i).asString("");
      scores.add(new TokenScore(text, bytes(text), logprobs.path("token_logprobs").path(i).asDouble(0), alternatives));
    }
    return scores;
  }

  private static List<Integer> bytes(String text) {
    List<Integer> bytes = new ArrayList<>();
    for (byte each : text.getBytes(StandardCharsets.UTF_8)) {
      bytes.add(each & 0xFF);
    }
    return bytes;
  }
}
