// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.query;

import io.millrace.core.generation.Message;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.List;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

/** Rules must hold whatever is typed: patterns that backtrack would show here by the suite's never ending. */
class StrangeQuestionsTest {

  private static final List<String> PIECES =
      List.of("what ", "is ", "it ", "the ", "difference ", "between ", "and ", "How do I ", "vs ", ", ", "?", "？", "，", "它", "的", "和", "有什么", "区别", "那", "呢", "《", "》", "“",
          "IndexWriter", ".", "#", "(", ")", "a", " ", "\u0000", "\ud800", "\udc00", "é", "𝄞", "\n", "\t", "this ", "of ", "怎么", "compare ");

  @Test
  @Timeout(60)
  void areUnderstoodSomehowAndNeverForLong() {
    Random random = new Random(24);
    for (int round = 0; round < 1_000; round++) {
      String question = text(random, 1 + random.nextInt(60));
      List<Message> before =
          List.of(new Message("user", text(random, 30)), new Message("assistant", text(random, 30)), new Message("user", text(random, 10)));
      Inquiry inquiry = Inquiry.of(question, before);
      assertThat(inquiry).isEqualTo(Inquiry.of(question, before));
      assertThat(inquiry.parts()).hasSizeLessThanOrEqualTo(Parts.MOST).noneMatch(String::isBlank);
    }
  }

  @Test
  @Timeout(60)
  void ofAHundredKilobytesAreLeftAsTheyAre() {
    for (String piece : PIECES) {
      String question = piece.repeat(100_000 / piece.length());
      List<Message> before = List.of(new Message("user", question), new Message("assistant", question));
      assertThat(Inquiry.of(question, before).text()).isEqualTo(question);
      assertThat(Inquiry.of(question, before).parts()).isEmpty();
      assertThat(Inquiry.of("Why?", before).text().length()).isLessThan(2_000);
    }
  }

  /** Each turn used to multiply the one before it: four of them filled the heap. */
  @Test
  @Timeout(10)
  void turnsThatExchangeNamesDoNotGrowWithoutEnd() {
    String exchange = "what about " + "@a,".repeat(96);
    List<Message> before =
        List.of(
            new Message("user", "@a,".repeat(200)), new Message("user", exchange), new Message("user", exchange),
            new Message("user", exchange), new Message("user", exchange), new Message("user", exchange));
    assertThat(Inquiry.of("what about " + "@b,".repeat(96), before).text().length()).isLessThan(2_000);
    assertThat(Inquiry.of("Why?", before).text().length()).isLessThan(2_000);
  }

  @Test
  @Timeout(10)
  void longWhiteSpaceIsReadAsOneBlank() {
    for (String blank : List.of(" ", "\t", "\n")) {
      String far = blank.repeat(580);
      for (int round = 0; round < 100; round++) {
        assertThat(Inquiry.of("what" + far + "x").parts()).isEmpty();
        assertThat(Inquiry.of("differences between" + far + "x").parts()).isEmpty();
      }
      assertThat(Inquiry.of("What is a topic," + blank.repeat(50) + "and how do I delete a topic?").parts())
          .containsExactly("What is a topic", "how do I delete a topic?");
    }
  }

  private static String text(Random random, int pieces) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < pieces; i++) {
      text.append(PIECES.get(random.nextInt(PIECES.size())));
    }
    return text.toString();
  }
}
