// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.openai;

import io.millrace.core.generation.GenerationRequest;
import io.millrace.online.http.Fields;
import io.millrace.online.http.Refusal;

/** Whether tokens are scored, and how many alternatives beside each. */
public final class ScoreFields {

  private ScoreFields() {}

  /** Reads {@code logprobs} and {@code top_logprobs} of a chat; -1 for no scores. */
  public static int ofChat(Fields body) {
    boolean wanted = body.flag("logprobs", false);
    int alternatives = body.integer("top_logprobs", 0, GenerationRequest.MOST_SCORES, 0);
    if (!wanted && alternatives > 0) {
      throw Refusal.badRequest("top_logprobs",
          "top_logprobs is " + alternatives + ", but logprobs is not true: set it");
    }
    return wanted ? alternatives : -1;
  }
}
