// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * A large file in the making: bytes go to a temporary file beside the target, which {@link #commit} flushes to the disk
 * and renames, so that readers and crashes see the old file or the whole new one. Closing without commit leaves nothing.
 */
public final class PendingFile implements AutoCloseable {
  private final Path target;
  private final Path temporary;
  private final FileChannel channel;
  private boolean committed;

  private PendingFile(Path target, Path temporary, FileChannel channel) {
    this.target = target;
    this.temporary = temporary;
    this.channel = channel;
  }

  /** Begins a file of that name. */
  public static PendingFile create(Path file) throws IOException {
    Path target = file.toAbsolutePath();
    Path temporary = Files.createTempFile(target.getParent(), "." + target.getFileName(), ".tmp");
    try {
      return new PendingFile(target, temporary, FileChannel.open(temporary, StandardOpenOption.WRITE));
    } catch (Throwable t) {
      Files.deleteIfExists(temporary);
      throw t;
    }
  }

  /** The name that it will have. */
  public Path target() {
    return target;
  }

  /** Writes all the bytes at that position. */
  public void write(ByteBuffer bytes, long position) throws IOException {
    long at = position;
    while (bytes.hasRemaining()) {
      at += channel.write(bytes, at);
    }
  }

  /** Makes the file at least that long, with zeros. */
  public void grow(long size) throws IOException {
    if (size > channel.size()) {
      write(ByteBuffer.wrap(new byte[1]), size - 1);
    }
  }

  /** Makes the file visible under its name, durably. */
  public void commit() throws IOException {
    channel.force(true);
    channel.close();
    Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    committed = true;
    try (FileChannel folder = FileChannel.open(target.getParent(), StandardOpenOption.READ)) {
      folder.force(true); // the rename itself
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
    if (!committed) {
      Files.deleteIfExists(temporary);
    }
  }
}
