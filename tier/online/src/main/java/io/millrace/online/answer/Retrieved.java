// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.answer;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.millrace.core.document.HiddenText;
import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.event.ShownHits;
import io.millrace.core.spi.Guard;
import io.millrace.core.spi.Retriever.Aim;
import io.millrace.core.spi.Retriever.Evidence;
import io.millrace.core.spi.Retriever.Hit;
import io.millrace.core.spi.Retriever.Repeat;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.annotation.JsonNaming;

import java.util.ArrayList;
import java.util.List;

/**
 * A passage that was found, as it is shown to those who ask why.
 *
 * @param number rank from 1; citations have numbers of their own
 * @param score fused score of the retrievers
 * @param readerScore log-odds that it answers, where a reader read it
 * @param evidence which retriever contributed what
 * @param alsoIn other documents that say nearly the same and take no place of their own
 * @param hidden what its document's readers would not see; null for nothing, and for those who do not ask why
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record Retrieved(
    int number,
    String passage,
    String document,
    String title,
    List<String> path,
    String heading,
    String url,
    @Nullable String sourceUrl,
    String text,
    String language,
    double score,
    @Nullable Double readerScore,
    List<Evidence> evidence,
    List<AlsoIn> alsoIn,
    @JsonInclude(JsonInclude.Include.NON_NULL) HiddenText.@Nullable Mark hidden) {

  /**
   * A document that says nearly the same.
   *
   * @param similarity of the texts, from 0 to 1
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  public record AlsoIn(String passage, String document, String title, String url, double similarity) {
    static AlsoIn of(Repeat repeat) {
      Passage passage = repeat.passage();
      return new AlsoIn(
          passage.id(), passage.documentId(), PassageLinks.title(passage), PassageLinks.url(passage), repeat.similarity());
    }
  }

  /** Describes hits in their order, without secrets and personal data that they may hold. */
  public static List<Retrieved> of(List<Hit> hits, Guard guard) {
    List<Retrieved> all = new ArrayList<>();
    for (Hit hit : hits) {
      Passage passage = hit.passage();
      all.add(
          new Retrieved(
              all.size() + 1,
              passage.id(),
              passage.documentId(),
              PassageLinks.title(passage),
              passage.path(),
              passage.heading(),
              PassageLinks.url(passage),
              passage.url(),
              guard.redact(passage.text()).text(),
              passage.language().code(),
              hit.score(),
              null,
              hit.evidence(),
              hit.repeats().stream().map(AlsoIn::of).toList(),
              null));
    }
    return all;
  }

  /** Returns what is written down of hits, so that weights can be learned from what becomes of them; null for none. */
  public static @Nullable ShownHits shown(List<Retrieved> hits, Language language, Aim aim) {
    ShownHits.Notes notes = new ShownHits.Notes();
    hits.forEach(hit -> notes.add(hit.document(), hit.evidence()));
    return hits.isEmpty() ? null : notes.ranked(language, aim);
  }

  /** Returns the same without the retrievers' evidence, for those who do not ask why. */
  public Retrieved withoutEvidence() {
    return new Retrieved(
        number, passage, document, title, path, heading, url, sourceUrl, text, language, score, readerScore, List.of(),
        alsoIn, null);
  }

  /** Returns the same with what its document hides. */
  public Retrieved withHidden(HiddenText.@Nullable Mark mark) {
    return new Retrieved(
        number, passage, document, title, path, heading, url, sourceUrl, text, language, score, readerScore, evidence,
        alsoIn, mark);
  }

  Retrieved withReaderScore(double score) {
    return new Retrieved(
        number, passage, document, title, path, heading, url, sourceUrl, text, language, this.score, score, evidence,
        alsoIn, hidden);
  }
}
