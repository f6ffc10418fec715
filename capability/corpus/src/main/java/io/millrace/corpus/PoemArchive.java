// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

import io.millrace.core.document.Document;

import java.nio.file.Path;
import java.util.List;

/**
 * A package of poems.
 *
 * @param file the {@code .tgz} that npm packed
 * @param library short name that begins the identities of its documents, for example {@code chinese-poetry}
 * @param source shown as the documents' origin, for example {@code npm:chinese-poetry@2.0.1}
 * @param files patterns of the files to read, dearest first
 */
public record PoemArchive(Path file, String library, String source, List<String> files) {
  public PoemArchive {
    Document.checkId(library);
    files = List.copyOf(files);
    if (files.isEmpty()) {
      throw new IllegalArgumentException("package '" + source + "' has no patterns of files to read");
    }
  }
}
