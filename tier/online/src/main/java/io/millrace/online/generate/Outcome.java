// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.generate;

import io.millrace.core.generation.Generation.Finish;
import io.millrace.core.generation.TokenScore;
import io.millrace.core.generation.ToolCall;
import io.millrace.online.answer.StageVerdict;

import java.util.List;
import java.util.Map;

/**
 * What was written.
 *
 * @param model name and version of who wrote; empty where risk control refused before
 * @param choices as many as were wanted
 * @param promptTokens read, counted once for all choices
 * @param cachedTokens those of them that an earlier request had read already
 * @param completionTokens written, in all choices together
 * @param verdicts of risk control
 * @param timings milliseconds by step, {@code total} last
 */
public record Outcome(
    String model,
    List<Choice> choices,
    int promptTokens,
    int cachedTokens,
    int completionTokens,
    List<StageVerdict> verdicts,
    Map<String, Double> timings) {

  public Outcome {
    choices = List.copyOf(choices);
    verdicts = List.copyOf(verdicts);
  }

  /**
   * One of the choices.
   *
   * @param text as it may be shown
   * @param calls of tools
   * @param scores of the tokens of the text, where they were wanted; without those of secrets that were taken out
   * @param finish why it ended
   * @param refusal why risk control kept it back or broke it off; empty where it did not
   */
  public record Choice(
      String text, List<ToolCall> calls, List<TokenScore> scores, Finish finish, String refusal) {
    public Choice {
      calls = List.copyOf(calls);
      scores = List.copyOf(scores);
    }

    /** Returns whether risk control kept it back or broke it off. */
    public boolean refused() {
      return !refusal.isEmpty();
    }
  }
}
