// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.http;

import io.millrace.core.registry.DurableFiles;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Where files lie while they arrive and are read, one for each request. They are of no worth to a later process: what one that was
 * killed left behind is removed at the next start.
 */
public final class Uploads {

  private static final Logger LOG = LoggerFactory.getLogger(Uploads.class);

  private final Path folder;
  private final AtomicLong next = new AtomicLong();

  /**
   * Empties the folder, or makes it.
   *
   * @param folder that belongs to this process alone
   * @throws UncheckedIOException when it cannot be made
   */
  public Uploads(Path folder) {
    this.folder = folder;
    try {
      DurableFiles.deleteTree(folder);
    } catch (IOException | UncheckedIOException e) {
      LOG.warn("uploads that an earlier process left in {} could not be removed: {}", folder, e.toString());
    }
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make the folder for uploads " + folder + ": " + e, e);
    }
  }

  /** Returns a file that nobody else has; whoever writes it deletes it. */
  public Path file() {
    return folder.resolve(next.incrementAndGet() + ".part");
  }
}
