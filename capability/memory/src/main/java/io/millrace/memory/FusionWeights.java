// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Language;
import io.millrace.core.spi.Retriever.Aim;

import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What each kind of evidence weighs in the score of a candidate.
 *
 * @param denseShare share of meaning in what words and meaning say together, from 0 to 1
 * @param beside weights of the other kinds, each beside 1 for all kinds before it, not negative; those of 0 are left out
 */
public record FusionWeights(double denseShare, Map<EvidenceKind, Double> beside) {

  public FusionWeights {
    Settings.share("dense share", denseShare);
    Map<EvidenceKind, Double> copy = new EnumMap<>(EvidenceKind.class);
    beside.forEach(
        (kind, weight) -> {
          if (!kind.isBeside()) {
            throw new IllegalArgumentException(kind.code() + " has no weight of its own: set the share of dense");
          }
          Settings.notNegative("weight of " + kind.code(), weight);
          if (weight > 0) {
            copy.put(kind, weight);
          }
        });
    beside = Collections.unmodifiableMap(copy);
  }

  /** Returns the constants that settings give for a language and an aim. */
  public static FusionWeights of(SearchSettings settings, Language language, Aim aim) {
    Ranking ranking = settings.ranking(language);
    return new FusionWeights(
        ranking.denseShare(),
        Map.of(EvidenceKind.NAME, settings.nameWeight(), EvidenceKind.GRAPH, ranking.graph().of(aim)));
  }

  /**
   * Reads weights from their names.
   *
   * @param byCode the share of meaning under {@code dense}, other weights under theirs
   * @throws IllegalArgumentException when a name or a value makes no sense, naming it
   */
  public static FusionWeights ofCodes(Map<String, Double> byCode) {
    Map<EvidenceKind, Double> beside = new EnumMap<>(EvidenceKind.class);
    Double dense = byCode.get(EvidenceKind.DENSE.code());
    if (dense == null) {
      throw new IllegalArgumentException("weights " + byCode + " give no share of meaning: add 'dense', from 0 to 1");
    }
    byCode.forEach(
        (code, weight) -> {
          EvidenceKind kind =
              EvidenceKind.ofCode(code)
                  .orElseThrow(() -> new IllegalArgumentException("there is no evidence '" + code + "': it was learned by another version"));
          if (kind != EvidenceKind.DENSE) {
            beside.put(kind, weight);
          }
        });
    return new FusionWeights(dense, beside);
  }

  /** Returns all weights by name; see {@link #ofCodes}. */
  public Map<String, Double> codes() {
    Map<String, Double> byCode = new LinkedHashMap<>();
    byCode.put(EvidenceKind.DENSE.code(), denseShare);
    EvidenceKind.BESIDE.forEach(kind -> byCode.put(kind.code(), of(kind)));
    return byCode;
  }

  /** Returns the weight of a kind beside 1 for all before it; the share of meaning for {@link EvidenceKind#DENSE}. */
  public double of(EvidenceKind kind) {
    return switch (kind) {
      case BM25 -> 1 - denseShare;
      case DENSE -> denseShare;
      default -> beside.getOrDefault(kind, 0.0);
    };
  }

  /** The same with another weight of a kind. */
  public FusionWeights with(EvidenceKind kind, double weight) {
    if (kind == EvidenceKind.DENSE) {
      return new FusionWeights(weight, beside);
    }
    Map<EvidenceKind, Double> others = new EnumMap<>(EvidenceKind.class);
    others.putAll(beside);
    others.put(kind, weight);
    return new FusionWeights(denseShare, others);
  }

  /** Those with which the graph finds where to begin: what is known of documents judges, and proposes nothing. */
  FusionWeights proposing() {
    return new FusionWeights(denseShare, Map.of(EvidenceKind.NAME, of(EvidenceKind.NAME)));
  }

  /** The same without names and graph where these settings do not gather them. */
  FusionWeights gathered(FusionWeights constants) {
    FusionWeights gathered = this;
    for (EvidenceKind kind : new EvidenceKind[] {EvidenceKind.NAME, EvidenceKind.GRAPH}) {
      if (constants.of(kind) == 0 && gathered.of(kind) > 0) {
        gathered = gathered.with(kind, 0);
      }
    }
    return gathered;
  }
}
