// SPDX-License-Identifier: Apache-2.0
package io.millrace.evaluate;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.settings.DomainQuestion;
import io.millrace.core.settings.EvidencePlace;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class EvidenceRanksTest {

  private static Passage passage(String document) {
    return new Passage(document + "#0", document, 0, "", List.of(), "", "text", Language.ENGLISH, null, Set.of());
  }

  @Test
  void countsFromTheFirstPassageThatAnswers() {
    DomainQuestion question =
        new DomainQuestion("q", "What?", "en", List.of(new EvidencePlace("b", null), new EvidencePlace("c", null)), null, null);
    assertThat(EvidenceRanks.of(question, List.of(passage("a"), passage("c"), passage("b")))).isEqualTo(2);
    assertThat(EvidenceRanks.of(question, List.of(passage("a")))).isZero();
  }

  @Test
  void isTheShareAndTheMeanOverAllQuestions() {
    EvidenceRanks ranks = new EvidenceRanks(List.of(1, 2, 0, 11));
    assertThat(ranks.within(1)).isEqualTo(0.25);
    assertThat(ranks.within(3)).isEqualTo(0.5);
    assertThat(ranks.within(20)).isEqualTo(0.75);
    assertThat(ranks.meanReciprocal(10)).isCloseTo((1 + 0.5) / 4, within(1e-12));
    assertThat(new EvidenceRanks(List.of()).within(10)).isZero();
    assertThatThrownBy(() -> new EvidenceRanks(List.of(-1))).hasMessageContaining("-1");
  }
}
