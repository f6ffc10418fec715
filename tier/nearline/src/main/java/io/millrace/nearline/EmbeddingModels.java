// SPDX-License-Identifier: Apache-2.0
package io.millrace.nearline;

import java.util.List;

/**
 * By which models all passages are embedded.
 *
 * @param pretrained whether by the pretrained ones, each in its language
 * @param tuned by which others beside them
 */
public record EmbeddingModels(boolean pretrained, List<TunedEmbedding> tuned) {

  /** The pretrained models alone. */
  public static final EmbeddingModels PRETRAINED = new EmbeddingModels(true, List.of());

  public EmbeddingModels {
    tuned = List.copyOf(tuned);
  }
}
