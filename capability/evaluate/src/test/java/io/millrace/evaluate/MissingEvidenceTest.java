// SPDX-License-Identifier: Apache-2.0
package io.millrace.evaluate;

import io.millrace.core.document.Document;
import io.millrace.core.document.Language;
import io.millrace.core.document.Section;
import io.millrace.core.settings.DomainQuestion;
import io.millrace.core.settings.DomainQuestions;
import io.millrace.core.settings.EvidencePlace;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;

class MissingEvidenceTest {

  private static final Document WHEEL =
      new Document(
          "mill/parts/Wheel", "mill", "class", Language.ENGLISH, "Wheel", List.of("mill", "Wheel"), null,
          List.of(
              section("", "Wheel", "class Wheel", "Turns the stones."),
              section("oil(int)", "oil", "void oil(int drops)", "Oils it every day. " + "It is a long story. ".repeat(80)
                  + "On Sundays it rests."),
              section("oil()", "oil", "void oil()", "Oils it with three drops."),
              section("turn()", "turn", "void turn()", ""),
              section("stop()", "stop", "void stop()", "")),
          List.of(), Instant.EPOCH, Map.of(), Set.of());

  private static Section section(String anchor, String heading, String signature, String text) {
    return new Section(anchor, "method", heading, signature, text, List.of());
  }

  private static List<MissingEvidence> missing(String place, String... answer) {
    DomainQuestion question =
        new DomainQuestion("q", "What?", "en", List.of(EvidencePlace.of(place)), List.of(answer), null);
    return MissingEvidence.of(new DomainQuestions(List.of(question)), List.of(WHEEL));
  }

  @Test
  void findsNothingMissingWhereAPassageOfThePlaceHoldsTheWords() {
    assertThat(missing("mill/parts/Wheel")).isEmpty();
    assertThat(missing("mill/parts/Wheel#", "the stones")).isEmpty();
    assertThat(missing("mill/parts/Wheel#oil(int)", "SUNDAYS")).isEmpty();
    assertThat(missing("mill/parts/Wheel", "void stop()")).as("gathered signatures").isEmpty();
  }

  @Test
  void saysWhatIsMissingAndWhatThereIsInstead() {
    assertThat(missing("mill/Wheel")).singleElement().extracting(MissingEvidence::toString)
        .isEqualTo("q: mill/Wheel: there is no such document; there is mill/parts/Wheel");
    assertThat(missing("mill/parts/Wheel#oil(long)")).singleElement().extracting(MissingEvidence::reason)
        .isEqualTo("the document has no such section; there is oil(int), oil()");
    assertThat(missing("mill/parts/Wheel#oil()", "three drops", "every day")).singleElement().extracting(MissingEvidence::reason)
        .asString().contains("lacks [every day]");
    assertThat(missing("mill/parts/Wheel#oil(int)", "every day", "sundays")).as("words that no single passage holds together")
        .hasSize(1);
    assertThat(missing("mill/parts/Wheel#stop()")).singleElement().extracting(MissingEvidence::reason)
        .asString().contains("nothing but its signature");
  }
}
