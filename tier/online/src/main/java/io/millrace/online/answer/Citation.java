// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.answer;

import io.millrace.core.document.Passage;
import io.millrace.core.spi.Guard;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.annotation.JsonNaming;

import java.util.List;

/**
 * A source of an answer.
 *
 * @param number the answer's marker, as in {@code [1]}; counted from 1 in the order of first use
 * @param passage identity of the passage
 * @param document identity of its document
 * @param title the document's title
 * @param path place in the structure, the document last
 * @param heading the section's heading
 * @param url address within this gateway
 * @param sourceUrl public address, if there is one
 * @param quote words of the passage, exactly
 * @param score what the passage was chosen by
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record Citation(
    int number,
    String passage,
    String document,
    String title,
    List<String> path,
    String heading,
    String url,
    @Nullable String sourceUrl,
    String quote,
    double score) {

  static Citation of(int number, Passage passage, String quote, double score) {
    return new Citation(
        number,
        passage.id(),
        passage.documentId(),
        PassageLinks.title(passage),
        passage.path(),
        passage.heading(),
        PassageLinks.url(passage),
        passage.url(),
        quote,
        score);
  }

  Citation redacted(Guard guard) {
    return new Citation(
        number, passage, document, title, path, heading, url, sourceUrl, guard.redact(quote).text(), score);
  }
}
