// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.snapshot;

import io.millrace.core.json.Json;
import io.millrace.core.registry.DurableFiles;
import io.millrace.memory.IndexPlace;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.store.Lock;
import org.apache.lucene.store.LockObtainFailedException;
import org.apache.lucene.util.IOUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;

/**
 * Where the memory's views lie, a folder for each; held by one process at a time. Views are replaced all together: what shall take
 * their place is prepared beside them, and one rename decides. A process that dies before it has changed nothing; what one that
 * dies after it had left to do is done when the folder is opened again.
 */
public final class MemoryFolder implements AutoCloseable {

  static final String PASSAGES = IndexPlace.FIRST;
  static final String DOCUMENTS = "documents";
  static final List<String> VIEWS = List.of(PASSAGES, DOCUMENTS);

  private static final Logger LOG = LoggerFactory.getLogger(MemoryFolder.class);

  /** What is being prepared: of no worth until it is renamed. */
  private static final String RESTORING = "restoring";

  /** What is whole and shall take the views' places. */
  private static final String RESTORED = "restored";

  /** Views that others have taken the places of. */
  private static final String REPLACED = "replaced";

  private static final String LOCK = "memory.lock";

  private final Path path;
  private final Renames renames;
  private final FSDirectory directory;
  private final Lock lock;

  /** Gives a file or folder another name, all at once. */
  @FunctionalInterface
  interface Renames {
    void rename(Path from, Path to) throws IOException;
  }

  private MemoryFolder(Path path, Renames renames) throws IOException {
    this.path = path;
    this.renames = renames;
    this.directory = FSDirectory.open(path);
    try {
      this.lock = directory.obtainLock(LOCK);
    } catch (IOException | RuntimeException e) {
      directory.close();
      throw e;
    }
  }

  /**
   * Opens the folder, makes it where it is missing, and completes a restore that was interrupted.
   *
   * @throws IllegalStateException when another process holds it, with the remedy
   * @throws UncheckedIOException when it cannot be used
   */
  public static MemoryFolder open(Path path) {
    return open(path, (from, to) -> Files.move(from, to, StandardCopyOption.ATOMIC_MOVE));
  }

  static MemoryFolder open(Path path, Renames renames) {
    try {
      MemoryFolder folder = new MemoryFolder(path, renames);
      try {
        folder.settle();
        return folder;
      } catch (IOException | RuntimeException e) {
        folder.close();
        throw e;
      }
    } catch (LockObtainFailedException e) {
      throw new IllegalStateException(
          "the memory in " + path + " is in use by a gateway, or is being restored: stop that process, then try again", e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot use the memory in " + path + ": " + e, e);
    }
  }

  /** Returns where the document store lies. */
  public Path documents() {
    return path.resolve(DOCUMENTS);
  }

  /** Returns the folder itself, in which passage indexes lie beside each other. */
  public Path path() {
    return path;
  }

  /** Returns an empty folder in which to prepare views, a folder for each. */
  Path prepare() throws IOException {
    Path restoring = path.resolve(RESTORING);
    DurableFiles.deleteTree(restoring);
    return Files.createDirectories(restoring);
  }

  /** Says by which models the passages are embedded that were prepared. */
  void prepareIndex(Map<String, String> models) throws IOException {
    DurableFiles.write(path.resolve(RESTORING).resolve(IndexPlace.FILE), Json.writePretty(new IndexPlace(PASSAGES, models)));
  }

  /** Gives up what was prepared. */
  void discard() throws IOException {
    DurableFiles.deleteTree(path.resolve(RESTORING));
  }

  /** Puts what was prepared in the views' places. Nobody may have them open. */
  void replace() throws IOException {
    DurableFiles.force(path.resolve(RESTORING));
    renames.rename(path.resolve(RESTORING), path.resolve(RESTORED));
    DurableFiles.forceEntry(path);
    settle();
  }

  /** Does what is left of a replacement that was decided; each step may have been done before. */
  private void settle() throws IOException {
    Path restored = path.resolve(RESTORED);
    if (Files.isDirectory(restored)) {
      for (String view : VIEWS) {
        if (Files.exists(restored.resolve(view))) {
          clear(view);
          renames.rename(restored.resolve(view), path.resolve(view));
        }
      }
      // Indexes of other models, in use or to come, are those of the memory that is replaced.
      for (String index : IndexPlace.folders(path)) {
        if (!index.equals(PASSAGES)) {
          clear(index);
        }
      }
      if (Files.exists(restored.resolve(IndexPlace.FILE))) {
        renames.rename(restored.resolve(IndexPlace.FILE), path.resolve(IndexPlace.FILE));
      }
      DurableFiles.forceEntry(restored);
      DurableFiles.forceEntry(path);
      DurableFiles.deleteTree(restored);
      LOG.info("the memory in {} was restored from a snapshot", path);
    }
    DurableFiles.deleteTree(path.resolve(REPLACED));
    DurableFiles.deleteTree(path.resolve(RESTORING));
  }

  private void clear(String view) throws IOException {
    if (Files.exists(path.resolve(view))) {
      Path away = Files.createDirectories(path.resolve(REPLACED)).resolve(view);
      DurableFiles.deleteTree(away);
      renames.rename(path.resolve(view), away);
    }
  }

  /** Lets other processes use the folder. */
  @Override
  public void close() {
    try {
      IOUtils.close(lock, directory);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot let go of the memory in " + path + ": " + e, e);
    }
  }
}
