// SPDX-License-Identifier: Apache-2.0
package io.millrace.eventlog;

import io.millrace.core.json.Json;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;

/** Makes sure that one broker uses a directory, and tells everybody else who does. It dies with the process. */
final class DirectoryLock implements AutoCloseable {

  /**
   * Directories held by this process; guarded by itself. A file lock does not hold parts of one process apart, and
   * closing a second channel on the lock file would give the lock up.
   */
  private static final Set<Path> HELD = new HashSet<>();

  private final Path directory;
  private final FileChannel channel;

  private DirectoryLock(Path directory, FileChannel channel) {
    this.directory = directory;
    this.channel = channel;
  }

  /**
   * Who holds the directory.
   *
   * @param bootstrapServers of its broker; null while it starts
   */
  record Holder(long pid, @Nullable String bootstrapServers) {}

  static DirectoryLock take(Path directory) throws IOException {
    synchronized (HELD) {
      if (HELD.contains(directory)) {
        throw inUse(directory);
      }
      FileChannel channel =
          FileChannel.open(directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = channel.tryLock();
      if (lock == null) {
        channel.close();
        throw inUse(directory);
      }
      HELD.add(directory);
      DirectoryLock taken = new DirectoryLock(directory, channel);
      taken.announce(null);
      return taken;
    }
  }

  void announce(@Nullable String bootstrapServers) throws IOException {
    Files.writeString(
        directory.resolve("holder.json"), Json.write(new Holder(ProcessHandle.current().pid(), bootstrapServers)));
  }

  private static DirectoryInUse inUse(Path directory) {
    String who = "another process";
    String connect = "";
    try {
      Holder holder = Json.read(Files.readString(directory.resolve("holder.json")), Holder.class);
      who = "process " + holder.pid();
      if (holder.bootstrapServers() != null) {
        connect = ", or connect to its broker with the bootstrap servers " + holder.bootstrapServers();
      }
    } catch (IOException | IllegalArgumentException e) {
      // The holder has only just begun; its number is not known yet.
    }
    return new DirectoryInUse(
        "the event log in " + directory + " is in use by " + who + ": stop that one" + connect
            + ", or choose another directory");
  }

  @Override
  public void close() throws IOException {
    synchronized (HELD) {
      HELD.remove(directory);
      channel.close();
    }
  }
}
