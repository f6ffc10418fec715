// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.console;

import io.millrace.core.document.Document;

import java.util.Optional;

/** Where the console finds stored documents. */
@FunctionalInterface
public interface Documents {

  /** Returns the document of this identity, if it is stored. */
  Optional<Document> find(String id);
}
