// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.settings;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A question that a domain must answer, or of which it must say that its sources do not answer it.
 *
 * @param id names it in reports: letters, digits and {@code . _ -}
 * @param question as people put it
 * @param language of the question, which may be another one than its evidence's: en or zh
 * @param evidence places that answer it, any one of which is enough; empty where the sources do not answer
 * @param answer words of the passage that answers, all of them at each place; upper and lower case and line breaks make
 *     no difference. Empty where every passage of the places answers
 * @param tags what kind of question it is, for example {@code purpose}: lower-case letters, digits and hyphens
 */
public record DomainQuestion(
    String id,
    String question,
    String language,
    List<EvidencePlace> evidence,
    @Nullable List<String> answer,
    @Nullable List<String> tags) {

  private static final Pattern ID = Pattern.compile("[\\p{L}\\p{N}._-]{1,80}");
  private static final Pattern TAG = Pattern.compile("[a-z0-9][a-z0-9-]{0,40}");
  private static final Pattern SPACE = Pattern.compile("\\s+");

  public DomainQuestion {
    if (id == null || !ID.matcher(id).matches()) {
      throw new IllegalArgumentException(
          "id '" + id + "' of the question '" + question + "': use letters, digits and . _ -, at most 80");
    }
    if (question == null || question.isBlank()) {
      throw new IllegalArgumentException("question '" + id + "' has no text: write it under 'question'");
    }
    if (language == null) {
      throw new IllegalArgumentException("question '" + id + "' has no language: write en or zh");
    }
    Language.ofCode(language);
    if (evidence == null) {
      throw new IllegalArgumentException(
          "question '" + id + "' has no evidence: name a document, or document#anchor, that answers it;"
              + " write 'evidence: []' if the sources do not answer it");
    }
    evidence = List.copyOf(evidence);
    answer = answer == null ? List.of() : List.copyOf(answer);
    tags = tags == null ? List.of() : List.copyOf(tags);
    for (String words : answer) {
      if (words.isBlank()) {
        throw new IllegalArgumentException("question '" + id + "' has a blank answer: leave it out");
      }
    }
    if (evidence.isEmpty() && !answer.isEmpty()) {
      throw new IllegalArgumentException(
          "question '" + id + "' has the answer " + answer + " but no evidence: name where that stands, or leave it out");
    }
    for (String tag : tags) {
      if (!TAG.matcher(tag).matches()) {
        throw new IllegalArgumentException(
            "tag '" + tag + "' of question '" + id + "': use lower-case letters, digits and hyphens");
      }
    }
  }

  /** Returns whether the sources answer it. */
  public boolean answerable() {
    return !evidence.isEmpty();
  }

  /** Returns the words of the answer that a text does not hold. */
  public List<String> missingFrom(String text) {
    String plain = plain(text);
    return words().stream().filter(words -> !plain.contains(plain(words))).toList();
  }

  /** Returns whether a passage answers it: it lies at one of the places and holds the words of the answer. */
  public boolean answeredBy(Passage passage) {
    return evidence.stream().anyMatch(place -> place.holds(passage)) && missingFrom(passage.text()).isEmpty();
  }

  private List<String> words() {
    return answer == null ? List.of() : answer;
  }

  private static String plain(String text) {
    return SPACE.matcher(text).replaceAll(" ").strip().toLowerCase(Locale.ROOT);
  }
}
