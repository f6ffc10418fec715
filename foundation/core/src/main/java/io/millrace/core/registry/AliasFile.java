// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.registry;

import io.millrace.core.json.Json;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;

/** One alias on disk: a small file that is replaced whole, its changes serialised by a lock on a file beside it. */
final class AliasFile {

  /**
   * Serialises the threads of this process. A file lock belongs to the process, so it cannot hold them apart, and
   * closing any channel of the lock file would give up the lock that another thread holds.
   */
  private static final ReentrantLock WITHIN_PROCESS = new ReentrantLock();

  private final String label;
  private final Path file;

  AliasFile(String label, Path file) {
    this.label = label;
    this.file = file;
  }

  /**
   * What is stored.
   *
   * @param trail the versions that a rollback walks back through, the current one last; 0 where the alias was away
   * @param history all moves, latest first
   */
  record Content(List<Integer> trail, List<AliasMove> history) {
    static final Content EMPTY = new Content(List.of(), List.of());

    Content {
      trail = List.copyOf(trail);
      history = List.copyOf(history);
    }

    int current() {
      return trail.isEmpty() ? 0 : trail.getLast();
    }

    Content moved(List<Integer> newTrail, String reason) {
      List<AliasMove> moves = new ArrayList<>();
      moves.add(new AliasMove(newTrail.isEmpty() ? 0 : newTrail.getLast(), reason, Instant.now()));
      moves.addAll(history);
      return new Content(newTrail, moves);
    }
  }

  int current() {
    return read().current();
  }

  List<AliasMove> history() {
    return read().history();
  }

  void promote(int version, String reason) {
    change(content -> content.moved(appended(content, version), reason));
  }

  void retire(String reason) {
    change(content -> content.current() == 0 ? content : content.moved(appended(content, 0), reason));
  }

  /** Returns the version that the alias points to now. */
  int rollback(String reason) {
    return change(
            content -> {
              List<Integer> trail = new ArrayList<>(content.trail());
              if (!trail.isEmpty()) {
                trail.removeLast();
              }
              while (!trail.isEmpty() && trail.getLast() == 0) {
                trail.removeLast();
              }
              if (trail.isEmpty()) {
                throw new IllegalStateException(
                    "cannot roll " + label + " back: it has not pointed at an earlier version; promote one instead");
              }
              return content.moved(trail, reason);
            })
        .current();
  }

  private static List<Integer> appended(Content content, int version) {
    List<Integer> trail = new ArrayList<>(content.trail());
    if (trail.isEmpty() || trail.getLast() != version) {
      trail.add(version);
    }
    return trail;
  }

  private Content read() {
    String text;
    try {
      text = Files.readString(file);
    } catch (NoSuchFileException e) {
      return Content.EMPTY;
    } catch (IOException e) {
      throw DurableFiles.failure("read the alias " + label, file, e);
    }
    try {
      return Json.read(text, Content.class);
    } catch (RuntimeException e) {
      throw new IllegalStateException(
          "the alias " + label + " cannot be read: " + file + " is damaged (" + e.getMessage()
              + "); delete that file and promote a version again",
          e);
    }
  }

  private Content change(UnaryOperator<Content> step) {
    WITHIN_PROCESS.lock();
    try {
      Path directory = file.resolveSibling("");
      Files.createDirectories(directory);
      try (FileChannel channel =
              FileChannel.open(
                  directory.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          FileLock lock = channel.lock()) {
        Content before = read();
        Content after = step.apply(before);
        if (lock.isValid() && !after.equals(before)) {
          DurableFiles.replace(file, Json.writePretty(after));
        }
        return after;
      }
    } catch (IOException e) {
      throw DurableFiles.failure("move the alias " + label, file, e);
    } finally {
      WITHIN_PROCESS.unlock();
    }
  }
}
