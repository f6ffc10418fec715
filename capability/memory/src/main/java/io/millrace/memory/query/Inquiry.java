// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.query;

import io.millrace.core.document.Language;
import io.millrace.core.generation.Message;
import io.millrace.core.spi.Retriever.Aim;

import java.util.List;

/**
 * A question as it was understood. By rules alone, so that it takes well under a millisecond and is the same every time; where the rules see nothing, the
 * question is searched for as it was put.
 *
 * @param asked as it was put
 * @param text what is searched for: the same, unless it leans on the dialogue
 * @param carried what was taken from the dialogue; empty where the question stands alone
 * @param parts what it asks, one by one; empty where it asks one thing
 * @param aim what it is after
 * @param language it is in
 */
public record Inquiry(String asked, String text, List<String> carried, List<String> parts, Aim aim, Language language) {

  public Inquiry {
    carried = List.copyOf(carried);
    parts = List.copyOf(parts);
  }

  /** Understands a question that nothing was said before. */
  public static Inquiry of(String question) {
    return of(question, List.of());
  }

  /**
   * Understands a question.
   *
   * @param before turns of the dialogue before it, of users and assistants, oldest first
   */
  public static Inquiry of(String question, List<Message> before) {
    FollowUp.Standalone standalone = FollowUp.of(question, before);
    String text = standalone.text();
    List<String> parts = Parts.of(text);
    return new Inquiry(question, text, standalone.carried(), parts, Aims.of(question, Language.of(question)), Language.of(text));
  }

  /** Returns the same, after what the caller says that it is after. */
  public Inquiry aimed(Aim wanted) {
    return new Inquiry(asked, text, carried, parts, wanted, language);
  }

  /** Whether it leaned on the dialogue. */
  public boolean rewritten() {
    return !carried.isEmpty();
  }

  /** Whether it asks more than one thing. */
  public boolean parted() {
    return !parts.isEmpty();
  }
}
