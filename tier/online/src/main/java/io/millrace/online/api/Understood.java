// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import io.millrace.memory.query.Inquiry;
import io.millrace.memory.query.PartSearch;

import java.util.List;
import java.util.Locale;

/**
 * How a query was understood.
 *
 * @param text what was searched for
 * @param carried what was taken from what was asked before; empty where the query stands alone
 * @param language of the text
 * @param aim what it is after: {@code answer} or {@code survey}
 * @param parts that were searched beside the whole; empty where it asks one thing
 */
public record Understood(String text, List<String> carried, String language, String aim, List<Part> parts) {

  /**
   * A part of a query.
   *
   * @param text as it was searched for
   * @param passages of the hits shown that it found, best first
   */
  public record Part(String text, List<String> passages) {}

  static Understood of(Inquiry inquiry, PartSearch.Found found) {
    return new Understood(
        inquiry.text(),
        inquiry.carried(),
        inquiry.language().code(),
        inquiry.aim().name().toLowerCase(Locale.ROOT),
        found.parts().stream().map(part -> new Part(part.text(), part.passages())).toList());
  }
}
