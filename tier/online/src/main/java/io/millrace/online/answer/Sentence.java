// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.answer;

import io.millrace.core.document.Language;
import io.millrace.core.spi.Guard.Bearing;
import io.millrace.guard.Reasons;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.annotation.JsonNaming;

import java.util.Locale;

/**
 * A sentence of an answer, and the words of its sources that bear it out best. Characters are counted in UTF-16 code units, as
 * JavaScript does.
 *
 * @param start first character within the answer's text
 * @param end one past the last character; markers such as {@code [1]} after the sentence are not part of it
 * @param verdict {@code supported}, {@code partly} or {@code not}
 * @param score how likely the words bear it out, from 0 to 1
 * @param reason what keeps it from being supported; empty where it is
 * @param evidence null where no source has anything in common with it
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record Sentence(int start, int end, String verdict, double score, String reason, @Nullable Evidence evidence) {

  /**
   * Words of a passage.
   *
   * @param citation number of the citation that they belong to
   * @param passage identity of the passage
   * @param document identity of its document
   * @param url address within this gateway
   * @param start first character within the passage's text
   * @param end one past the last character
   * @param quote the words, exactly, but for secrets
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  public record Evidence(
      int citation, String passage, String document, String url, int start, int end, String quote) {}

  static String verdict(Bearing bearing) {
    return bearing.name().toLowerCase(Locale.ROOT);
  }

  /** Returns the same with its reason in the reader's language. */
  public Sentence in(Language language) {
    return new Sentence(start, end, verdict, score, Reasons.in(language, reason), evidence);
  }
}
