// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.spi;

import io.millrace.core.document.Language;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class GroundedPromptTest {

  @Test
  void numbersThePassagesAndEndsWithTheQuestion() {
    List<Generator.Message> messages =
        GroundedPrompt.messages(Language.ENGLISH, "What turns?", List.of("The mill turns.", "The brook runs."));

    assertThat(messages).extracting(Generator.Message::role).containsExactly("system", "user");
    assertThat(messages.getLast().content())
        .isEqualTo("[1] The mill turns.\n\n[2] The brook runs.\n\nWhat turns?");
  }

  @Test
  void readsBackWhatItWroteInBothLanguages() {
    for (Language language : Language.values()) {
      String answer = GroundedPrompt.answer("array[i] 面粉", 2);

      assertThat(GroundedPrompt.withoutCitations(language, answer)).isEqualTo("array[i] 面粉");
      assertThat(GroundedPrompt.citations(answer)).containsExactly(2);
      assertThat(GroundedPrompt.withoutCitations(language, GroundedPrompt.noAnswer(language))).isEmpty();
    }
  }
}
