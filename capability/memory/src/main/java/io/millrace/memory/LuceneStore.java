// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.FilterLeafReader;
import org.apache.lucene.index.IndexCommit;
import org.apache.lucene.index.IndexFormatTooNewException;
import org.apache.lucene.index.IndexFormatTooOldException;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.KeepOnlyLastCommitDeletionPolicy;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.SegmentInfos;
import org.apache.lucene.index.SegmentReader;
import org.apache.lucene.index.SnapshotDeletionPolicy;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.SearcherFactory;
import org.apache.lucene.search.SearcherManager;
import org.apache.lucene.store.AlreadyClosedException;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.store.LockObtainFailedException;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.IOUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * A Lucene index that is a view of something else: it may be thrown away at any time. An index that is damaged, or of
 * another format than asked for, is emptied when it is opened, and {@link #committed()} is empty then.
 */
final class LuceneStore implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(LuceneStore.class);
  private static final String FORMAT = HeldCommit.FORMAT;

  private final Path path;
  private final Files files;
  private final String format;
  private final Supplier<IndexWriterConfig> config;
  private final SearcherFactory searchers;

  /** Replaced by {@link #reopen()}, which is guarded by {@code this}. */
  private volatile Opened opened;

  private record Opened(
      Directory directory, IndexWriter writer, SearcherManager searchers, SnapshotDeletionPolicy commits) {}

  /** Where an index lies. */
  @FunctionalInterface
  interface Files {
    /** Directories on disk, as they are fastest on this machine. */
    Files ON_DISK = FSDirectory::open;

    Directory open(Path path) throws IOException;
  }

  /** A piece of work on a snapshot of the index. */
  @FunctionalInterface
  interface Search<T> {
    T on(IndexSearcher searcher) throws IOException;
  }

  /**
   * Opens or creates the index.
   *
   * @param format whatever must be the same for the stored data to be of use
   * @throws IllegalStateException when another process has it open
   */
  LuceneStore(Path path, String format, Supplier<IndexWriterConfig> config, SearcherFactory searchers) {
    this(path, Files.ON_DISK, format, config, searchers);
  }

  /** Opens or creates the index in files of one's own, as above. */
  LuceneStore(Path path, Files files, String format, Supplier<IndexWriterConfig> config, SearcherFactory searchers) {
    this.path = path;
    this.files = files;
    this.format = format;
    this.config = config;
    this.searchers = searchers;
    this.opened = openOrEmpty();
  }

  IndexWriter writer() {
    return opened.writer();
  }

  /** Runs a search on the state as of the last {@link #refresh()}. */
  <T> T search(Search<T> search) {
    while (true) {
      Opened now = opened;
      try {
        IndexSearcher searcher = now.searchers().acquire();
        try {
          return search.on(searcher);
        } finally {
          now.searchers().release(searcher);
        }
      } catch (AlreadyClosedException e) {
        // Reopened in between, or just being reopened: search the new one.
        awaitSuccessor(now, e);
      } catch (IOException e) {
        throw new UncheckedIOException("cannot read the index " + path + ": " + e.getMessage(), e);
      }
    }
  }

  private synchronized void awaitSuccessor(Opened closed, AlreadyClosedException e) {
    if (closed.equals(opened)) {
      throw e;
    }
  }

  /** Makes all changes so far visible to searches. */
  void refresh() throws IOException {
    opened.searchers().maybeRefreshBlocking();
  }

  /** Makes all changes so far durable, together with facts such as the positions in a log they stand for. */
  void commit(Map<String, String> facts) throws IOException {
    Map<String, String> data = new TreeMap<>(facts);
    data.put(FORMAT, format);
    IndexWriter writer = opened.writer();
    writer.setLiveCommitData(data.entrySet());
    writer.commit();
  }

  /** Returns whether segments are being merged, or are about to be. */
  boolean merging() {
    IndexWriter writer = opened.writer();
    return writer.hasPendingMerges() || !writer.getMergingSegments().isEmpty();
  }

  /** Returns the bytes that the vectors of all fields take, by the kind of file: {@code vex} for graphs, for example. */
  Map<String, Long> vectorBytes() {
    return search(
        searcher -> {
          Map<String, Long> bytes = new HashMap<>();
          for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
            SegmentReader segment = (SegmentReader) FilterLeafReader.unwrap(leaf.reader());
            for (FieldInfo field : segment.getFieldInfos()) {
              if (field.hasVectorValues()) {
                segment.getVectorReader().getOffHeapByteSize(field).forEach((kind, size) -> bytes.merge(kind, size, Long::sum));
              }
            }
          }
          return bytes;
        });
  }

  /** Returns the bytes that all files take. */
  long bytes() {
    try {
      Directory directory = opened.directory();
      long bytes = 0;
      for (String file : directory.listAll()) {
        try {
          bytes += directory.fileLength(file);
        } catch (NoSuchFileException | FileNotFoundException e) {
          // Merged away in between.
        }
      }
      return bytes;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list the index " + path + ": " + e.getMessage(), e);
    }
  }

  /** Drops all documents and the facts of the last commit, and makes that durable and visible. */
  void clear() throws IOException {
    opened.writer().deleteAll();
    commit(Map.of());
    refresh();
  }

  /** Returns the facts of the last commit; empty for a new index. */
  Map<String, String> committed() {
    try {
      Directory directory = opened.directory();
      if (!DirectoryReader.indexExists(directory)) {
        return Map.of();
      }
      Map<String, String> data = new HashMap<>(SegmentInfos.readLatestCommit(directory).getUserData());
      data.remove(FORMAT);
      return data;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the last commit of " + path + ": " + e.getMessage(), e);
    }
  }

  /**
   * Holds the last commit: its files stay until it is let go of, whatever is merged in the meantime.
   *
   * @param counting says what the commit holds
   * @throws IOException when the index was reopened or emptied in between, among other things
   */
  HeldCommit hold(Search<Map<String, Long>> counting) throws IOException {
    Opened now = opened;
    IndexCommit commit = now.commits().snapshot();
    try (DirectoryReader reader = DirectoryReader.open(commit)) {
      Map<String, Long> counts = counting.on(new IndexSearcher(reader));
      Map<String, String> facts = new TreeMap<>(commit.getUserData());
      String stored = facts.remove(FORMAT);
      return new HeldCommit(
          path, commit.getFileNames(), stored == null ? "" : stored, facts, counts, () -> now.commits().release(commit));
    } catch (AlreadyClosedException e) {
      now.commits().release(commit);
      throw new IOException("the index was reopened in between", e);
    } catch (IOException | RuntimeException e) {
      now.commits().release(commit);
      throw e;
    }
  }

  /**
   * Goes back to the last commit, after an error that closed the writer; empties the index if it is damaged. Until it is open again,
   * and also where it cannot be opened for now, searches go on in what they had.
   */
  synchronized void reopen() {
    Opened old = opened;
    try {
      old.writer().rollback();
    } catch (IOException | RuntimeException e) {
      LOG.debug("rolling back {} failed", path, e);
    }
    opened = openOrEmpty();
    IOUtils.closeWhileHandlingException(old.searchers(), old.directory());
  }

  @Override
  public synchronized void close() {
    try {
      // Uncommitted changes are dropped: the log still has them, and the last commit says from where.
      opened.writer().rollback();
      IOUtils.close(opened.searchers(), opened.directory());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close the index " + path + ": " + e.getMessage(), e);
    }
  }

  /** Returns the live Lucene documents that have a term, in ascending order; there is no limit on their number. */
  static int[] docs(IndexSearcher searcher, Term term) throws IOException {
    IntStream.Builder docs = IntStream.builder();
    for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
      PostingsEnum postings = leaf.reader().postings(term, PostingsEnum.NONE);
      Bits live = leaf.reader().getLiveDocs();
      if (postings != null) {
        for (int doc = postings.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = postings.nextDoc()) {
          if (live == null || live.get(doc)) {
            docs.add(leaf.docBase + doc);
          }
        }
      }
    }
    return docs.build().toArray();
  }

  private Opened openOrEmpty() {
    try {
      try {
        Opened found = open();
        String stored = storedFormat(found.directory());
        if (stored.equals(format)) {
          return found;
        }
        LOG.info("index {} has format '{}' instead of '{}': it is built anew", path, stored, format);
        found.searchers().close();
        found.writer().rollback();
        found.directory().close();
      } catch (CorruptIndexException
          | IndexFormatTooOldException
          | IndexFormatTooNewException
          | EOFException
          | NoSuchFileException
          | FileNotFoundException e) {
        LOG.warn("index {} is damaged and is built anew: {}", path, e.getMessage());
      }
      empty();
      return open();
    } catch (LockObtainFailedException e) {
      throw new IllegalStateException(
          "index " + path + " is open in another process: stop that one or choose another directory", e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot open the index " + path + ": " + e.getMessage(), e);
    }
  }

  private Opened open() throws IOException {
    Directory directory = files.open(path);
    IndexWriter writer = null;
    try {
      IndexWriterConfig settings = config.get();
      settings.setCommitOnClose(false);
      SnapshotDeletionPolicy commits = new SnapshotDeletionPolicy(new KeepOnlyLastCommitDeletionPolicy());
      settings.setIndexDeletionPolicy(commits);
      boolean fresh = !DirectoryReader.indexExists(directory);
      writer = new IndexWriter(directory, settings);
      if (fresh) {
        writer.setLiveCommitData(Map.of(FORMAT, format).entrySet());
        writer.commit();
      }
      return new Opened(directory, writer, searchers(writer), commits);
    } catch (IOException | RuntimeException e) {
      if (writer != null) {
        IOUtils.closeWhileHandlingException(writer::rollback);
      }
      IOUtils.closeWhileHandlingException(directory);
      throw e;
    }
  }

  private SearcherManager searchers(IndexWriter writer) throws IOException {
    try {
      return new SearcherManager(writer, searchers);
    } catch (IllegalArgumentException | NegativeArraySizeException | NullPointerException e) {
      // Some files are read before their checksum is known: filters of keys name the format of what lies behind them.
      throw new CorruptIndexException("its files hold what cannot be: " + e, path.toString(), e);
    }
  }

  private static String storedFormat(Directory directory) throws IOException {
    return SegmentInfos.readLatestCommit(directory).getUserData().getOrDefault(FORMAT, "");
  }

  private void empty() throws IOException {
    try (Directory directory = files.open(path)) {
      for (String file : directory.listAll()) {
        // The lock file stays: a process that holds it must keep it, and an idle one does no harm.
        if (!file.equals(IndexWriter.WRITE_LOCK_NAME)) {
          directory.deleteFile(file);
        }
      }
    }
  }
}
