// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import io.millrace.core.document.Language;
import io.millrace.core.generation.Generation.Finish;
import io.millrace.online.answer.Answer;
import io.millrace.online.answer.Citation;
import io.millrace.online.answer.Mode;
import io.millrace.online.answer.Retrieved;
import io.millrace.online.answer.Sentence;
import io.millrace.online.answer.StageVerdict;
import io.millrace.online.openai.ChatCompletion;
import io.millrace.online.openai.ChatCompletion.Choice;
import io.millrace.online.openai.ChatCompletion.Said;
import io.millrace.online.openai.ChatCompletion.Usage;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.annotation.JsonNaming;

import java.util.List;
import java.util.Map;

/**
 * An answer from sources as a chat completion: what all parts of a reply share.
 *
 * @param created seconds since the epoch
 * @param model as the client named it
 * @param language of the explanations in it
 */
record GroundedReply(String id, long created, String model, Language language) {

  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  record Details(
      String trace,
      String mode,
      @Nullable String model,
      boolean grounded,
      List<Sentence> sentences,
      List<Citation> citations,
      List<Retrieved> retrieved,
      List<StageVerdict> verdicts,
      Map<String, Double> timings,
      List<String> notes) {}

  ChatCompletion whole(Answer answer) {
    Choice choice = new Choice(0, Said.text("assistant", answer.text()), null, null, finish(answer));
    return new ChatCompletion(id, ChatCompletion.WHOLE, created, model, List.of(choice), usage(answer),
        details(answer));
  }

  /** Returns a chunk; the first one names the role. */
  ChatCompletion piece(boolean first, String text) {
    return chunk(new Choice(0, null, Said.text(first ? "assistant" : null, text), null, null), null);
  }

  ChatCompletion end(Answer answer) {
    return chunk(new Choice(0, null, Said.text(null, null), null, finish(answer)), details(answer));
  }

  ChatCompletion count(Answer answer) {
    return new ChatCompletion(id, ChatCompletion.CHUNK, created, model, List.of(), usage(answer), null);
  }

  private ChatCompletion chunk(Choice choice, @Nullable Details details) {
    return new ChatCompletion(id, ChatCompletion.CHUNK, created, model, List.of(choice), null, details);
  }

  private static Usage usage(Answer answer) {
    return Usage.of(answer.promptTokens(), answer.completionTokens());
  }

  private static String finish(Answer answer) {
    if (answer.mode() == Mode.REFUSED) {
      return "content_filter";
    }
    return answer.finish() == Finish.LENGTH || answer.finish() == Finish.DEADLINE ? "length" : "stop";
  }

  private Details details(Answer answer) {
    return new Details(
        answer.trace(),
        answer.mode().code(),
        answer.model(),
        answer.grounded(),
        answer.sentences().stream().map(sentence -> sentence.in(language)).toList(),
        answer.citations(),
        answer.retrieved(),
        answer.verdicts().stream().map(verdict -> verdict.in(language)).toList(),
        answer.timings(),
        answer.notes());
  }
}
