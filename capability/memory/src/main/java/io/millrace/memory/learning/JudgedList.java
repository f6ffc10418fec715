// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.learning;

import io.millrace.core.document.Labels;
import io.millrace.core.event.ShownHits;
import io.millrace.memory.EvidenceKind;

import java.time.Instant;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;

/** A list of hits of which somebody preferred some to others. */
final class JudgedList {

  /** What neighbours of a hit say of it, behind the kinds of evidence. */
  static final int NEIGHBOURS = EvidenceKind.values().length;

  private final Purpose purpose;
  private final Instant at;
  private final String user;
  private final double[][] hits;
  private final boolean[] active;
  private final BitSet preferred;

  /**
   * Takes a list.
   *
   * @param hits in the order in which they were shown
   * @param preferred numbers of hits that were preferred to all others
   */
  JudgedList(Purpose purpose, Instant at, String user, List<ShownHits.Hit> hits, BitSet preferred) {
    this.purpose = purpose;
    this.at = at;
    this.user = user;
    this.preferred = preferred;
    this.hits = hits.stream().map(hit -> values(hit.evidence())).toArray(double[][]::new);
    this.active = new boolean[NEIGHBOURS];
    for (double[] hit : this.hits) {
      for (int kind = 0; kind < NEIGHBOURS; kind++) {
        active[kind] |= hit[kind] > 0;
      }
    }
  }

  private static double[] values(Map<String, Double> evidence) {
    double[] values = new double[NEIGHBOURS + 1];
    Arrays.fill(values, Double.NaN);
    evidence.forEach(
        (code, value) -> {
          if (code.equals(EvidenceKind.NEIGHBOURS)) {
            values[NEIGHBOURS] = value;
          }
          EvidenceKind.ofCode(code).ifPresent(kind -> values[kind.ordinal()] = value);
        });
    return values;
  }

  Purpose purpose() {
    return purpose;
  }

  Instant at() {
    return at;
  }

  String user() {
    return user;
  }

  String tenant() {
    return Labels.tenantOf(user);
  }

  int size() {
    return hits.length;
  }

  boolean prefers(int hit) {
    return preferred.get(hit);
  }

  /** Returns what was said of a hit by each kind, by ordinal, and by its neighbours; NaN for nothing. */
  double[] evidence(int hit) {
    return hits[hit];
  }

  /** Whether any hit has evidence of a kind: a kind that none has takes nothing from the others. */
  boolean has(EvidenceKind kind) {
    return active[kind.ordinal()];
  }
}
