// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.learning;

import io.millrace.core.document.Language;
import io.millrace.core.spi.Retriever.Aim;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** What a list of hits was for: each language and aim has weights of its own. */
public record Purpose(Language language, Aim aim) {

  /** Returns all there are. */
  public static List<Purpose> all() {
    return Stream.of(Language.values())
        .flatMap(language -> Stream.of(Aim.values()).map(aim -> new Purpose(language, aim)))
        .toList();
  }

  /**
   * Returns what names stand for.
   *
   * @throws IllegalArgumentException when one is none
   */
  static Purpose of(String language, String aim) {
    return new Purpose(Language.ofCode(language), Aim.valueOf(aim.toUpperCase(Locale.ROOT)));
  }

  /** Returns the aim's name in events and names of artifacts. */
  public String aimCode() {
    return aim.name().toLowerCase(Locale.ROOT);
  }

  /** Returns the name in the registry of a domain's weights. */
  public String artifact(String domain) {
    return domain + "/ranking-" + language.code() + "-" + aimCode();
  }
}
