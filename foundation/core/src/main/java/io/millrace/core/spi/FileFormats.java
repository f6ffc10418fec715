// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.spi;

import io.millrace.core.document.Document;
import io.millrace.core.log.DeadLetter;

import java.io.Serializable;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CancellationException;

/** Makes documents of files of any format. Safe for use by several threads. */
public interface FileFormats extends AutoCloseable {

  /**
   * Reads a file within limits of time, memory and size. A file that cannot be read, and what of a file is left out
   * because of a limit, comes back as a dead letter: nothing is thrown because of what a file holds.
   *
   * @param file where its bytes are
   * @param place what its documents are called
   * @throws CancellationException when the thread is interrupted
   */
  Reading read(Path file, Place place);

  @Override
  void close();

  /**
   * What a file's documents are called and where they belong.
   *
   * @param library first part of their identities; empty for none
   * @param name of the file, with slashes below its library; the rest of the identity is made of it, and the format is told by
   *     its extension
   * @param source where the documents came from, see {@link Document#source()}
   * @param updatedAt when the file was changed
   */
  record Place(String library, String name, String source, Instant updatedAt) {}

  /**
   * What a file gave.
   *
   * @param documents one or several; none when the file could not be read
   * @param lost what could not be read, with its reason; the file itself, an attachment, or what lies beyond a limit
   */
  record Reading(List<Document> documents, List<DeadLetter> lost) {
    public Reading {
      documents = List.copyOf(documents);
      lost = List.copyOf(lost);
    }
  }

  /** Opens the formats where they are used: it travels to the workers of a batch job. */
  interface Opening extends Serializable {

    /** Returns whether files of this name are of a kind that is read. */
    boolean reads(String name);

    /**
     * Opens them; the caller closes them.
     *
     * @param workers so many files are read at a time at most
     */
    FileFormats open(int workers);
  }
}
