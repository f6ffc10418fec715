// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.console;

import io.millrace.core.document.HiddenText;
import io.millrace.core.spi.Retriever;
import io.millrace.online.answer.Retrieved;
import io.millrace.online.api.SearchApi;
import io.millrace.online.api.Understood;
import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * The answer to a search, ready to be shown.
 *
 * @param id of the search's event; empty for a query that is still being typed, which leaves none
 * @param query as it was put
 * @param within language code that hits were limited to; empty for any
 * @param hits best first
 * @param notes what was left out and why
 * @param millis time taken
 * @param standing where a document stands whose place was asked for; null where none was
 * @param understood how the query was understood; null while it is being typed
 */
public record Found(
    String id,
    String query,
    String within,
    List<Hit> hits,
    List<String> notes,
    double millis,
    SearchApi.@Nullable Standing standing,
    @Nullable Understood understood) {

  private static final int EXCERPT = 340;

  /**
   * A hit.
   *
   * @param place path without the part that the heading repeats
   * @param heading of the section, or the title; with the sought words marked
   * @param text excerpt with the sought words marked
   * @param hidden what its document's readers would not see; null for nothing, and while the query is being typed
   */
  public record Hit(
      String document,
      String url,
      String title,
      List<String> place,
      Excerpt heading,
      Excerpt text,
      String language,
      double score,
      List<Retriever.Evidence> evidence,
      List<Retrieved.AlsoIn> alsoIn,
      HiddenText.@Nullable Mark hidden) {

    static Hit of(Retrieved hit, String query) {
      List<String> path = hit.path();
      boolean repeats = hit.heading().isBlank() || hit.heading().equals(hit.title());
      return new Hit(
          hit.document(),
          hit.url(),
          hit.title(),
          repeats && !path.isEmpty() ? path.subList(0, path.size() - 1) : path,
          Excerpt.of(repeats ? hit.title() : hit.heading(), query, 0),
          Excerpt.of(hit.text(), query, EXCERPT),
          hit.language(),
          hit.score(),
          hit.evidence(),
          hit.alsoIn(),
          hit.hidden());
    }
  }

  public Found {
    hits = List.copyOf(hits);
    notes = List.copyOf(notes);
  }
}
