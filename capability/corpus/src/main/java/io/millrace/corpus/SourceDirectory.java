// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

import io.millrace.core.document.Document;
import io.millrace.core.document.Labels;

import java.nio.file.Path;
import java.util.Set;

/**
 * A directory of files of any format.
 *
 * @param library short name that begins the identities of its documents
 * @param labels access labels of its documents; empty where they are for everybody
 */
public record SourceDirectory(Path directory, String library, Set<String> labels) {
  public SourceDirectory {
    Document.checkId(library);
    labels = Labels.of(labels);
  }
}
