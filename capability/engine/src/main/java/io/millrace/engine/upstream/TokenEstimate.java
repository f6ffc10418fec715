// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.upstream;

import io.millrace.core.generation.Message;
import io.millrace.core.generation.Prompt;
import io.millrace.core.generation.Tool;
import io.millrace.core.generation.ToolCall;

/**
 * How many tokens a text has on a server whose vocabulary is not known here: one for each ideograph, kana or hangul
 * syllable, and one for every four bytes of all else; four more for each turn of a dialogue. English and Chinese
 * prose is met within about a third by the vocabularies of 100,000 tokens and more that are usual; answers carry
 * exact numbers, for servers report them.
 */
final class TokenEstimate {

  private static final int BYTES_A_TOKEN = 4;
  private static final int TURN = 4;

  private TokenEstimate() {}

  static int of(Prompt prompt) {
    return switch (prompt) {
      case Prompt.Text(String text) -> of(text);
      case Prompt.Dialogue dialogue -> {
        int sum = TURN;
        for (Message message : dialogue.messages()) {
          sum += TURN + of(message.content());
          for (ToolCall call : message.toolCalls()) {
            sum += TURN + of(call.name()) + of(call.arguments());
          }
        }
        for (Tool tool : dialogue.tools()) {
          sum += TURN + of(tool.name()) + of(tool.description()) + of(tool.parameters().toString());
        }
        yield sum;
      }
    };
  }

  static int of(String text) {
    long whole = 0;
    long bytes = 0;
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      i += Character.charCount(c);
      if (alone(c)) {
        whole++;
      } else {
        bytes += c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
      }
    }
    return (int) Math.min(Integer.MAX_VALUE, whole + (bytes + BYTES_A_TOKEN - 1) / BYTES_A_TOKEN);
  }

  private static boolean alone(int c) {
    if (c < 0x3000) {
      return false;
    }
    Character.UnicodeScript script = Character.UnicodeScript.of(c);
    return Character.isIdeographic(c) || script == Character.UnicodeScript.HIRAGANA
        || script == Character.UnicodeScript.KATAKANA || script == Character.UnicodeScript.HANGUL;
  }
}
