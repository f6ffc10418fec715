// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

class StopTextsTest {
  @Test
  void showsTheTextBeforeTheFirstStopHoweverItIsCut() {
    Random random = new Random(8);
    List<String> stops = List.of("aab", "ba", "cc");
    for (int round = 0; round < 5000; round++) {
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < 12; i++) {
        text.append("abc".charAt(random.nextInt(3)));
      }
      StopTexts watch = new StopTexts(stops);
      StringBuilder shown = new StringBuilder();
      for (int at = 0; at < text.length() && !watch.stopped(); ) {
        int end = Math.min(text.length(), at + 1 + random.nextInt(2)); // shorter than a stop text, as tokens often are
        shown.append(watch.next(text.substring(at, end)));
        at = end;
      }
      boolean stopped = watch.stopped();
      shown.append(stopped ? "" : watch.end());
      int first = stops.stream().mapToInt(text::indexOf).filter(i -> i >= 0).min().orElse(-1);
      assertThat(stopped).as("%s", text).isEqualTo(first >= 0);
      if (!stopped) {
        assertThat(shown).hasToString(text.toString());
      } else { // one stop text may end before another that begins earlier is complete
        assertThat(text.toString()).startsWith(shown.toString());
        assertThat(stops).noneMatch(s -> shown.indexOf(s) >= 0)
            .anyMatch(s -> text.substring(shown.length()).startsWith(s));
      }
    }
  }

  @Test
  void holdsNothingBackThatCannotBegin() {
    StopTexts watch = new StopTexts(List.of("\n\n"));
    assertThat(watch.next("one")).isEqualTo("one");
    assertThat(watch.next("\n")).isEmpty();
    assertThat(watch.next("two\n")).isEqualTo("\ntwo");
    assertThat(watch.end()).isEqualTo("\n");
    assertThat(new StopTexts(List.of("")).next("x")).isEqualTo("x");
  }
}
