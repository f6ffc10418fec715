// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

import io.millrace.core.document.Document;

import java.nio.file.Path;

/**
 * A directory of files of any format.
 *
 * @param library short name that begins the identities of its documents
 */
public record SourceDirectory(Path directory, String library) {
  public SourceDirectory {
    Document.checkId(library);
  }
}
