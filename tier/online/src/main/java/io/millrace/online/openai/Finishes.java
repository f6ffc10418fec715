// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.openai;

import io.millrace.core.generation.Generation.Finish;
import io.millrace.online.generate.Outcome;

/** OpenAI's words for why an answer ended. */
final class Finishes {

  private Finishes() {}

  static String of(Outcome.Choice choice) {
    return choice.refused() ? "content_filter" : of(choice.finish());
  }

  private static String of(Finish finish) {
    return switch (finish) {
      case LENGTH, DEADLINE -> "length";
      case TOOL_CALLS -> "tool_calls";
      case STOP, CANCELLED -> "stop";
    };
  }
}
