// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.encoder;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;

class PairLayoutTest {
  private static final int CLS = 101;
  private static final int SEP = 102;

  @Test
  void plainTypesSayWhichTextATokenIsOf() {
    EncoderText text = PairLayout.PLAIN.of(new int[] {1, 2}, new int[] {2, 3, 4}, 16, CLS, SEP);
    assertThat(text.tokens()).containsExactly(CLS, 1, 2, SEP, 2, 3, 4, SEP);
    assertThat(text.types()).containsExactly(0, 0, 0, 0, 1, 1, 1, 1);
  }

  @Test
  void markedTypesAlsoSayWhatBothTextsHave() {
    EncoderText text = PairLayout.MARKED.of(new int[] {1, 2}, new int[] {2, 3, 4}, 16, CLS, SEP);
    assertThat(text.tokens()).containsExactly(CLS, 1, 2, SEP, 2, 3, 4, SEP);
    assertThat(text.types()).containsExactly(0, 0, 2, 0, 3, 1, 1, 1);
  }

  @Test
  void ofALongPassageTheBeginningRemainsAndWhatTheQuestionAsksFor() {
    int[] passage = IntStream.range(1_000, 1_200).toArray();
    // 6 is everywhere in the first half, 9 is there once; 7 and 8 together are more.
    for (int i = 0; i < 100; i += 3) {
      passage[i] = 6;
    }
    passage[40] = 9;
    passage[150] = 7;
    passage[153] = 8;
    EncoderText text = PairLayout.MARKED.of(new int[] {6, 7, 8, 9}, passage, 35, CLS, SEP);
    assertThat(text.length()).isEqualTo(35);
    assertThat(text.tokens()[6]).isEqualTo(passage[0]);
    assertThat(text.tokens()).contains(passage[1], 7, 8);
    assertThat(Arrays.copyOfRange(text.tokens(), 6, text.length())).doesNotContain(9);
  }

  /** Against the sum that each place has by itself. */
  @Test
  void findsTheBestPlaceAmongAll() {
    Random random = new Random(3);
    for (int run = 0; run < 500; run++) {
      int[] question = random.ints(random.nextInt(1, 6), 0, 20).toArray();
      int[] passage = random.ints(random.nextInt(40, 90), 0, 20).toArray();
      int longest = random.nextInt(20, 36);
      int room = longest - 3 - Math.min(question.length, (longest - 3) / 3);
      EncoderText text = PairLayout.MARKED.of(question, passage, longest, CLS, SEP);
      int[] asked = Arrays.copyOf(question, Math.min(question.length, (longest - 3) / 3));
      int beginning = room / 4;
      int width = room - beginning;
      double most = -1;
      int best = 0;
      for (int from = beginning; from + width <= passage.length; from++) {
        double sum = value(asked, passage, from, width);
        if (sum > most + 1e-9) {
          most = sum;
          best = from;
        }
      }
      int[] shown = Arrays.copyOfRange(text.tokens(), 2 + asked.length + beginning, text.length() - 1);
      assertThat(shown).isEqualTo(Arrays.copyOfRange(passage, best, best + width));
    }
  }

  private static double value(int[] question, int[] passage, int from, int width) {
    return IntStream.of(question).distinct()
        .filter(token -> IntStream.range(from, from + width).anyMatch(i -> passage[i] == token))
        .mapToDouble(token -> 1.0 / IntStream.of(passage).filter(each -> each == token).count())
        .sum();
  }

  @ParameterizedTest
  @EnumSource(PairLayout.class)
  void anyPairFits(PairLayout layout) {
    Random random = new Random(4);
    for (int run = 0; run < 2_000; run++) {
      int[] question = random.ints(random.nextInt(40), 0, 50).toArray();
      int[] passage = random.ints(random.nextInt(300), 0, 50).toArray();
      int longest = random.nextInt(8, 80);
      EncoderText text = layout.of(question, passage, longest, CLS, SEP);
      assertThat(text.length()).isLessThanOrEqualTo(longest);
      assertThat(text.tokens()).startsWith(CLS).endsWith(SEP);
      assertThat(IntStream.of(text.types()).allMatch(type -> type >= 0 && type < layout.types())).isTrue();
      if (question.length + passage.length + 3 <= longest && question.length <= (longest - 3) / 3) {
        assertThat(text.length()).isEqualTo(question.length + passage.length + 3);
      }
    }
  }
}
