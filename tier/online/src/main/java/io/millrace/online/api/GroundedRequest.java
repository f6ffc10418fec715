// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import io.millrace.core.generation.Message;
import io.millrace.online.Limits;
import io.millrace.online.answer.Question;
import io.millrace.online.answer.Route;
import io.millrace.online.generate.GeneratorName;
import io.millrace.online.http.Fields;
import io.millrace.online.http.Refusal;
import io.millrace.online.openai.FormFields;
import io.millrace.online.openai.LengthField;
import io.millrace.online.openai.SamplingFields;
import io.millrace.online.openai.StopField;
import io.millrace.online.openai.Turns;
import io.millrace.online.openai.Unsupported;

import java.util.List;

/**
 * A question that is to be answered from sources. Fields that would change the answer and cannot be honoured are
 * refused; others that are not known are ignored, as OpenAI's servers do.
 *
 * @param route which model
 * @param messages the dialogue, the user's question last
 * @param writing how to write
 */
record GroundedRequest(Route route, List<Message> messages, Question.Writing writing) {

  private static final String INSTEAD =
      "answers from sources have no such thing; ask the model '" + GeneratorName.GENERATOR
          + "', which knows no sources";

  static GroundedRequest of(Fields body, Route route, Limits limits) {
    refuseWhatIsNotSupported(body);
    List<Message> messages = Turns.ofQuestion(body, limits);
    Question.Writing writing =
        new Question.Writing(
            LengthField.of(body, limits, Question.Writing.DEFAULT.maxTokens(), "max_completion_tokens", "max_tokens"),
            // Greedy unless the client wants otherwise: answers rest on sources, not on inspiration.
            SamplingFields.of(body, 0),
            StopField.of(body));
    return new GroundedRequest(route, messages, writing);
  }

  /** Returns the user's question. */
  String text() {
    return messages.getLast().content();
  }

  private static void refuseWhatIsNotSupported(Fields body) {
    if (body.integer("n", 1, 1_000, 1) != 1) {
      throw Refusal.badRequest("n", "n must be 1: " + INSTEAD);
    }
    // Read as what they are first, so that nonsense is called nonsense.
    body.list("tools", 1_000);
    body.list("functions", 1_000);
    body.flag("logprobs", false);
    Unsupported.refuse(body, INSTEAD, List.of("tools", "functions", "logprobs", "top_logprobs"));
    if (FormFields.any(body)) {
      throw Refusal.badRequest("response_format", "the form of the answer cannot be chosen: " + INSTEAD);
    }
  }
}
