// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import io.millrace.memory.EvidenceKind;
import io.millrace.memory.FusionWeights;
import org.jspecify.annotations.Nullable;

/**
 * Where the memory lies, and what its searches weigh.
 *
 * @param solr in SolrCloud; null for an index in the gateway's home directory
 * @param learnWeights whether weights are learned from feedback; null for yes
 * @param recency what newness weighs beside 1 for all other evidence, from 0 to 1, where nothing was learned; null for 0
 * @param use the same for what a document was used
 */
public record MemoryPlan(
    @Nullable SolrPlan solr, @Nullable Boolean learnWeights, @Nullable Double recency, @Nullable Double use) {

  /** In the gateway's home directory. */
  public static final MemoryPlan EMBEDDED = new MemoryPlan(null, null, null, null);

  public MemoryPlan {
    check("recency", recency);
    check("use", use);
  }

  /** Half of a score is the most for what has nothing to do with the question. */
  private static void check(String key, @Nullable Double weight) {
    if (weight != null && !(weight >= 0 && weight <= 1)) {
      throw new IllegalArgumentException("memory: " + key + " " + weight + " is not from 0, for none, to 1, for half of a score");
    }
  }

  /** Returns whether weights are learned. */
  boolean learns() {
    return learnWeights == null || learnWeights;
  }

  /** Returns constants with what is set here. */
  FusionWeights set(FusionWeights constants) {
    return constants
        .with(EvidenceKind.RECENCY, recency == null ? constants.of(EvidenceKind.RECENCY) : recency)
        .with(EvidenceKind.USE, use == null ? constants.of(EvidenceKind.USE) : use);
  }
}
