// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.answer;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.spi.Reader;
import io.millrace.core.spi.Retriever.Evidence;
import io.millrace.core.spi.Retriever.Hit;
import io.millrace.core.time.Deadline;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;

class ReadingTest {

  /** Finds a passage's digits, and is as sure of them as they say; a passage without digits does not answer. */
  private static final class DigitReader implements Reader {
    private final List<String> read = new ArrayList<>();

    @Override
    public String model() {
      return "digits";
    }

    @Override
    public Language language() {
      return Language.ENGLISH;
    }

    @Override
    public List<Span> read(String question, List<String> passages) {
      read.addAll(passages);
      return passages.stream().map(DigitReader::span).toList();
    }

    private static Span span(String passage) {
      String digits = passage.replaceAll("\\D", "");
      int start = digits.isEmpty() ? 0 : passage.indexOf(digits);
      return new Span(start, start + digits.length(), digits.isEmpty() ? -10 : Double.parseDouble(digits));
    }

    @Override
    public void close() {}
  }

  private final DigitReader reader = new DigitReader();

  @Test
  void ofTwoSureReadingsThePassageThatWasFoundFirstCounts() {
    Reading reading = read(hit("It takes 8 turns.", 1.0, 0), hit("It takes 12 turns.", 0.8, 0));
    assertThat(reading.draft().orElseThrow().text()).startsWith("It takes 8 turns.");
  }

  @Test
  void aSureReadingBeatsADoubtfulOneFurtherUp() {
    Reading reading = read(hit("It takes 1 turn.", 1.0, 0), hit("It takes 12 turns.", 0.9, 0));
    assertThat(reading.draft().orElseThrow().text()).startsWith("It takes 12 turns.");
  }

  @Test
  void aPassageThatIsCalledWhatTheQuestionNamesIsPreferred() {
    Reading reading = read(hit("It takes 9 turns.", 1.0, 1 / 3.0), hit("It takes 6 turns.", 0.9, 1));
    assertThat(reading.draft().orElseThrow().text()).startsWith("It takes 6 turns.");
  }

  @Test
  void readsNoFurtherThanTheAnswerCouldChange() {
    List<Hit> hits = new ArrayList<>(List.of(hit("It takes 9 turns.", 1.0, 0)));
    for (int i = 0; i < 7; i++) {
      hits.add(hit("It takes 9" + i + " turns.", 0.5, 0));
    }
    Reading reading = Reading.of(reader, "m@1", "how many turns?", hits, Deadline.NONE);
    assertThat(reading.late()).isFalse();
    assertThat(reader.read).hasSize(2);

    reader.read.clear();
    hits.set(0, hit("It takes a few turns.", 1.0, 0));
    hits.set(1, hit("It takes some turns.", 0.9, 0));
    Reading.of(reader, "m@1", "how many turns?", hits, Deadline.NONE);
    assertThat(reader.read).hasSize(4);
  }

  @Test
  void saysWhenTheDeadlineKeptItFromReading() {
    Reading reading =
        Reading.of(
            reader, "m@1", "how many turns?", List.of(hit("It takes 9 turns.", 1, 0)),
            Deadline.after(Duration.ofNanos(1)));
    assertThat(reading.late()).isTrue();
    assertThat(reading.draft()).isEmpty();
  }

  private Reading read(Hit... hits) {
    return Reading.of(reader, "m@1", "how many turns?", List.of(hits), Deadline.NONE);
  }

  private static Hit hit(String text, double score, double name, Evidence... more) {
    List<Evidence> evidence = new ArrayList<>(List.of(more));
    if (name > 0) {
      evidence.add(new Evidence("name", 1, name, name, 0.3));
    }
    Passage passage = new Passage("d#0", "d", 0, "", List.of("mill", "Wheel"), "turn", text, Language.ENGLISH, null, Set.of());
    return new Hit(passage, score, evidence);
  }
}
