// SPDX-License-Identifier: Apache-2.0
package io.millrace.evaluate;

import io.millrace.core.document.Document;
import io.millrace.core.document.Passage;
import io.millrace.core.document.Passages;
import io.millrace.core.document.Section;
import io.millrace.core.settings.DomainQuestion;
import io.millrace.core.settings.DomainQuestions;
import io.millrace.core.settings.EvidencePlace;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A place of a domain's questions that does not hold what they say: a measurement that counted it would be of nothing.
 *
 * @param question the question's id
 * @param place that was named
 * @param reason what is missing, and what there is instead
 */
public record MissingEvidence(String question, EvidencePlace place, String reason) {

  /** Names of what there is instead that are shown. */
  private static final int SHOWN = 4;

  @Override
  public String toString() {
    return question + ": " + place + ": " + reason;
  }

  /**
   * Holds the evidence of questions against the documents.
   *
   * @param documents the whole corpus
   * @return what is missing, in the order of the questions; empty when every place has a passage that answers
   */
  public static List<MissingEvidence> of(DomainQuestions questions, List<Document> documents) {
    Map<String, Document> byId = new HashMap<>();
    documents.forEach(document -> byId.put(document.id(), document));
    List<MissingEvidence> missing = new ArrayList<>();
    for (DomainQuestion question : questions.questions()) {
      for (EvidencePlace place : question.evidence()) {
        Document document = byId.get(place.document());
        String reason = document == null ? noDocument(place, documents) : reason(question, place, document);
        if (reason != null) {
          missing.add(new MissingEvidence(question.id(), place, reason));
        }
      }
    }
    return missing;
  }

  private static String noDocument(EvidencePlace place, List<Document> documents) {
    String name = place.document().substring(place.document().lastIndexOf('/') + 1);
    return "there is no such document" + instead(documents.stream().map(Document::id).filter(id -> id.endsWith("/" + name)).toList());
  }

  private static @Nullable String reason(DomainQuestion question, EvidencePlace place, Document document) {
    List<Passage> passages = Passages.of(document).stream().filter(place::holds).toList();
    if (passages.isEmpty()) {
      return noPassage(String.valueOf(place.anchor()), document);
    }
    List<String> least = null;
    for (Passage passage : passages) {
      List<String> words = question.missingFrom(passage.text());
      if (least == null || words.size() < least.size()) {
        least = words;
      }
    }
    return least == null || least.isEmpty()
        ? null
        : "no passage there holds the answer's words " + question.answer() + "; the best one lacks " + least;
  }

  /** Sections that say nothing are gathered into passages which bear the anchor of the first. */
  private static String noPassage(String anchor, Document document) {
    if (document.sections().stream().anyMatch(section -> section.anchor().equals(anchor))) {
      return "the section says nothing but its signature, which stands in a passage with others: name the document alone, with"
          + " answer words that are in the signature";
    }
    String name = anchor.split("\\W", 2)[0];
    List<String> alike = name.isEmpty()
        ? List.of()
        : document.sections().stream().map(Section::anchor).filter(other -> other.startsWith(name)).toList();
    return "the document has no such section" + instead(alike);
  }

  private static String instead(List<String> names) {
    return names.isEmpty()
        ? ""
        : "; there is " + names.stream().distinct().limit(SHOWN).collect(Collectors.joining(", ")) + (names.size() > SHOWN ? ", …" : "");
  }
}
