// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.questions;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.settings.DomainQuestion;
import io.millrace.core.settings.DomainQuestions;
import io.millrace.core.settings.EvidencePlace;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;

class ExcerptTest {

  private static final DomainQuestions QUESTIONS = new DomainQuestions(List.of(
      new DomainQuestion("q", "Which?", "en", List.of(new EvidencePlace("page7", "s3")), null, null),
      new DomainQuestion("none", "Why?", "en", List.of(), null, null)));

  private static List<Passage> corpus() {
    List<Passage> passages = new ArrayList<>();
    for (int page = 0; page < 20; page++) {
      for (int section = 0; section < 10; section++) {
        String document = "page" + page;
        passages.add(new Passage(document + "#" + section, document, section, "s" + section, List.of(document), "",
            "text " + section, Language.ENGLISH, null, Set.of()));
      }
    }
    return passages;
  }

  @Test
  void takesTheEvidenceThenHalfFromItsPagesAndHalfFromOthersInTheOrderOfTheCorpus() {
    List<Passage> excerpt = Excerpt.of(corpus(), QUESTIONS, 11);
    assertThat(excerpt).hasSize(11).extracting(Passage::id).contains("page7#3");
    assertThat(excerpt.stream().filter(passage -> passage.documentId().equals("page7"))).hasSize(6);
    assertThat(excerpt).isEqualTo(corpus().stream().filter(excerpt::contains).toList()).isEqualTo(Excerpt.of(corpus(), QUESTIONS, 11));
  }

  @Test
  void takesAllWhereThereAreNoMore() {
    assertThat(Excerpt.of(corpus(), QUESTIONS, 1_000)).isEqualTo(corpus());
  }
}
