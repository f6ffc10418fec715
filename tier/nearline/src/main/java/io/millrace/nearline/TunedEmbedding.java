// SPDX-License-Identifier: Apache-2.0
package io.millrace.nearline;

import io.millrace.core.document.Language;
import io.millrace.core.log.PassageVectors;

/**
 * Embedding the texts of a language by a model that is not the pretrained one. Its embeddings have keys of their own, so that
 * those of several models lie beside each other in the log.
 *
 * @param model its name, a version in the registry such as {@code java-docs/embedder-en@3}
 * @param language whose texts
 * @param embedders opens the model
 */
public record TunedEmbedding(String model, Language language, Embedders embedders) {

  /** Checks that the name tells it from the pretrained ones, and can be part of pipelines' names. */
  public TunedEmbedding {
    if (!PassageVectors.suffix(model).matches("@[a-z0-9-]{1,100}-[0-9]{1,9}")) {
      throw new IllegalArgumentException("'" + model + "' is no version of a tuned model, such as java-docs/embedder-en@3");
    }
  }

  /** Returns what is put behind a document's identity in the keys of its embeddings, and behind the names of its pipelines. */
  String suffix() {
    return PassageVectors.suffix(model);
  }
}
