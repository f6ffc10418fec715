// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.event;

import io.millrace.core.document.Language;
import io.millrace.core.spi.Retriever.Aim;
import io.millrace.core.spi.Retriever.Evidence;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What spoke for the hits of a list when it was shown. Weights are learned from exactly that: to search again later would find other
 * documents, other counts and a later day.
 *
 * @param language code of the language whose ranking was used
 * @param aim {@code answer} or {@code survey}
 * @param hits the best hit of each document, best first, at most {@value #MOST}
 */
public record ShownHits(String language, String aim, List<Hit> hits) {

  /** Of a list's documents, those further down are hardly looked at. */
  public static final int MOST = 10;

  /** Beyond four digits nothing is preferred to anything. */
  private static final double DIGITS = 1e4;

  /**
   * A document that was shown.
   *
   * @param evidence what each kind said, by its name, from 0 to 1; kinds that said nothing are left out
   */
  public record Hit(String document, Map<String, Double> evidence) {
    public Hit {
      evidence = Map.copyOf(evidence);
    }
  }

  public ShownHits {
    hits = List.copyOf(hits);
  }

  /** Notes lists down hit by hit. */
  public static final class Notes {
    private final Map<String, Hit> hits = new LinkedHashMap<>();

    /** Adds the next hit; only the first one of a document counts, and of those the first {@value ShownHits#MOST}. */
    public Notes add(String document, List<Evidence> evidence) {
      if (hits.size() < MOST && !hits.containsKey(document)) {
        Map<String, Double> values = new LinkedHashMap<>();
        evidence.forEach(each -> values.put(each.retriever(), Math.round(each.normalised() * DIGITS) / DIGITS));
        hits.put(document, new Hit(document, values));
      }
      return this;
    }

    /** Returns the list as it was ranked. */
    public ShownHits ranked(Language language, Aim aim) {
      return new ShownHits(language.code(), aim.name().toLowerCase(Locale.ROOT), new ArrayList<>(hits.values()));
    }
  }
}
