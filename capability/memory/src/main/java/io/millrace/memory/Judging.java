// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Language;
import io.millrace.core.spi.Retriever.Aim;

/**
 * What judging candidates takes beside the index.
 *
 * @param weights what evidence weighs now
 * @param priors what is known of documents
 * @param rerankers that read the best candidates where one answer is sought
 */
public record Judging(Weights weights, DocumentPriors priors, Rerankers rerankers) {

  /** The settings' weights, and nothing known of documents: what measurements are made with. */
  public static final Judging PLAIN = new Judging((_, _, constants) -> constants, DocumentPriors.NONE, Rerankers.NONE);

  /** The same with other re-rankers. */
  public Judging with(Rerankers others) {
    return new Judging(weights, priors, others);
  }

  /** Says what evidence weighs; asked for each search, so that weights may change at any time. */
  @FunctionalInterface
  public interface Weights {

    /**
     * Returns the weights in use.
     *
     * @param language whose passages are ranked
     * @param constants what the settings give
     */
    FusionWeights of(Language language, Aim aim, FusionWeights constants);
  }
}
