// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

import io.millrace.core.document.Document;
import io.millrace.core.log.DeadLetter;
import io.millrace.core.spi.FileFormats;

import java.io.IOException;
import java.io.Serializable;

/** Numbered pages that can be read in shares, each share by another worker. */
sealed interface PageSource extends Serializable permits JarPages, DirectoryPages, PoemPages {

  /** A page expands to at most so many bytes: larger ones, zip bombs among them, become dead letters. */
  int LARGEST_PAGE = 16 << 20;

  /** Receives what is read. */
  interface Output {
    void document(Document document);

    void deadLetter(DeadLetter letter);

    void skipped();

    /** Returns what reads files of every format. */
    FileFormats formats();
  }

  /** Returns the short name that begins its documents' identities. */
  String library();

  /** Returns how many pages there are. */
  int size();

  /** Returns how many neighbouring pages a worker reads at a time. */
  default int share() {
    return 48;
  }

  /**
   * Reads the pages from one number (inclusive) to another (exclusive).
   *
   * @throws IOException when the source itself can no longer be read
   */
  void read(int from, int to, Output output) throws IOException;
}
