// SPDX-License-Identifier: Apache-2.0
package io.millrace.nearline;

import io.millrace.core.document.Language;

/**
 * Embedding the texts of a language by a model that is not the pretrained one. Its embeddings have keys of their own, so that
 * those of several models lie beside each other in the log.
 *
 * @param name letters, digits and hyphens: part of pipelines' names and of keys; another model, another name
 * @param language whose texts
 * @param embedders opens the model
 */
public record TunedEmbedding(String name, Language language, Embedders embedders) {

  /** Checks the name. */
  public TunedEmbedding {
    if (!name.matches("[a-z0-9-]{1,100}")) {
      throw new IllegalArgumentException("'" + name + "' is no name of a tuned model: use lower-case letters, digits and hyphens");
    }
  }

  /** Returns what is put behind a document's identity in the keys of its embeddings. */
  String suffix() {
    return suffix(name);
  }

  static String suffix(String name) {
    return "@" + name;
  }
}
