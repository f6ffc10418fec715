// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Passage;
import io.millrace.core.log.PassageVectors;
import io.millrace.core.spi.Neighbours;
import io.millrace.core.spi.Retriever;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * What an {@link IndexView} keeps equal to the log, and searches ask: a {@link PassageIndex} in this process, or an index on other machines.
 * Text and embeddings may arrive in any order. Changes are seen by searches after {@link #refresh()} and survive after {@link #commit}.
 * Safe for use by several threads.
 */
public interface PassageStore extends Retriever, Neighbours, AutoCloseable {

  /** Replaces a document's passages; an empty list removes them. Passages whose text stays keep their embedding. */
  void put(String documentId, List<Passage> passages) throws IOException;

  /** Removes a document's passages and embeddings; one that comes again is still in the archive if this one was. */
  void delete(String documentId) throws IOException;

  /**
   * Moves a document to the archive: its passages and embeddings are kept, but nothing finds them. What comes later of the same document
   * goes to the archive as well.
   */
  void archive(String documentId) throws IOException;

  /** Moves a document back from the archive, with the embeddings that it had. */
  void restore(String documentId) throws IOException;

  /**
   * Adds embeddings to a document's passages. Those whose text is not there (yet) wait until a put brings it.
   *
   * @throws IllegalArgumentException when a vector is not one of its model, naming both
   */
  void putVectors(String documentId, PassageVectors vectors) throws IOException;

  /** Returns a document's passages that have no embedding yet, in order; also those that no refresh has made visible. */
  List<Passage> withoutEmbeddings(String documentId);

  /** Returns a document's passages in order, also archived ones, whatever their labels: for whoever keeps the index. */
  List<Passage> passages(String documentId);

  /** Returns the documents that could not be indexed since this was last asked, with the reasons; nothing of them is found. */
  Map<String, String> refused();

  /** Makes all changes so far visible to searches. */
  void refresh() throws IOException;

  /** Makes all changes so far durable, together with facts such as the positions in a log that they stand for. */
  void commit(Map<String, String> facts) throws IOException;

  /** Returns the facts of the last commit; empty where all has to be put (again). */
  Map<String, String> committed();

  /** Goes on from the last commit, after an error; what came after it is to be put again. */
  void reopen();

  /** Drops everything, durably. */
  void clear() throws IOException;

  /** Returns how much there is, whatever its labels: not for readers. */
  PassageIndex.Counts counts();

  /** Returns how many documents are in the archive. */
  int archived();

  /** Returns the sizes of graph and embeddings, as of the last refresh. */
  PassageIndex.VectorBytes vectorBytes();

  /**
   * Holds the last commit, so that its files can be copied while the index goes on.
   *
   * @throws IllegalStateException when it has no files here, with what to do instead
   */
  HeldCommit hold() throws IOException;

  /** Returns the bytes that the index takes on disk, archive included. */
  long bytesOnDisk();

  @Override
  void close();
}
