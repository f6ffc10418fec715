// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

import io.millrace.core.document.Document;

import java.io.Serializable;

/**
 * A jar of documentation.
 *
 * @param file absolute path of the {@code -javadoc.jar}
 * @param library short name that begins the identities of its documents, for example {@code lucene-core}
 * @param source shown as the documents' origin, for example {@code org.apache.lucene:lucene-core:10.5.0}
 */
public record JavadocJar(String file, String library, String source) implements Serializable {

  private static final long serialVersionUID = 1L;

  public JavadocJar {
    Document.checkId(library);
    if (library.contains("/")) {
      throw new IllegalArgumentException("library '" + library + "' may not hold a slash");
    }
  }
}
