// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.event;

import io.millrace.core.event.Event;
import io.millrace.core.json.Json;
import io.millrace.core.registry.DurableFiles;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Keeps events in files while the log cannot take them, one JSON line an event. A file is read back as a whole and
 * deleted only when all its events are in the log: after a failure half-way some are appended twice, which counts once.
 */
final class EventSpool {

  private static final Logger LOG = LoggerFactory.getLogger(EventSpool.class);
  private static final String CURRENT = "events.jsonl";
  private static final Pattern NUMBERED = Pattern.compile("events-\\d{8}\\.jsonl");

  private final Path directory;
  private final Opening opening;
  // Guarded by this, as are the files.
  private long waiting;
  private long nextBatch;

  // Files whose unreadable lines were kept aside: a file is read again and again while the log is away. Confined to the
  // thread that replays.
  private final Set<Path> searched = new HashSet<>();

  /** Opens a file to be read and written, and makes it where it is missing. */
  @FunctionalInterface
  interface Opening {
    FileChannel open(Path file) throws IOException;
  }

  EventSpool(Path directory) {
    this(
        directory,
        file -> FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE));
  }

  /** A spool whose files are opened in a way of one's own. */
  EventSpool(Path directory, Opening opening) {
    this.directory = directory;
    this.opening = opening;
    try {
      Files.createDirectories(directory);
      for (Path file : numbered()) {
        waiting += lines(file).size();
        nextBatch = Math.max(nextBatch, number(file) + 1);
      }
      Path current = directory.resolve(CURRENT);
      waiting += Files.exists(current) ? lines(current).size() : 0;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot use the spool directory " + directory + ": " + e, e);
    }
  }

  /** Writes events down; they survive the death of this process when this returns. */
  synchronized void add(List<Event> events) {
    StringBuilder lines = new StringBuilder();
    for (Event event : events) {
      lines.append(Json.write(event)).append('\n');
    }
    try {
      append(directory.resolve(CURRENT), lines.toString().getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      String remedy = DurableFiles.diskFull(e) ? "; free some space on that disk" : "";
      throw new UncheckedIOException(
          "cannot write " + events.size() + " events to " + directory.resolve(CURRENT) + ": " + e + remedy, e);
    }
    waiting += events.size();
  }

  /** Appends all of the lines or nothing; a line that an earlier process left unfinished is ended first. */
  private void append(Path file, byte[] lines) throws IOException {
    try (FileChannel channel = opening.open(file)) {
      long before = channel.size();
      try {
        ByteBuffer last = ByteBuffer.allocate(1);
        if (before > 0 && channel.read(last, before - 1) == 1 && last.get(0) != '\n') {
          channel.write(ByteBuffer.wrap(new byte[] {'\n'}), before);
        }
        channel.position(channel.size());
        ByteBuffer rest = ByteBuffer.wrap(lines);
        while (rest.hasRemaining()) {
          channel.write(rest);
        }
      } catch (IOException e) {
        channel.truncate(before);
        throw e;
      }
    }
  }

  /** Returns a file's lines; one may be torn within a character, when the process was killed while it wrote. */
  private static List<String> lines(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8).lines().toList();
  }

  /** Returns how many events wait. */
  synchronized long waiting() {
    return waiting;
  }

  /** Returns the files to be replayed, oldest first; events that come from now on go to another one. */
  synchronized List<Path> batches() {
    Path current = directory.resolve(CURRENT);
    try {
      if (Files.exists(current)) {
        Files.move(
            current, directory.resolve("events-%08d.jsonl".formatted(nextBatch++)), StandardCopyOption.ATOMIC_MOVE);
      }
      return numbered();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list the spool " + directory + ": " + e, e);
    }
  }

  /** Reads a file back. A line that was cut off when the process died is kept aside in {@code unreadable.txt}. */
  List<Event> read(Path batch) {
    List<Event> events = new ArrayList<>();
    try {
      for (String line : lines(batch)) {
        try {
          events.add(Json.read(line, Event.class));
        } catch (IllegalArgumentException e) {
          if (!searched.contains(batch)) {
            LOG.warn("kept aside an unreadable line of {} in unreadable.txt: {}", batch, e.getMessage());
            Files.writeString(
                directory.resolve("unreadable.txt"), line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
          }
        }
      }
      searched.add(batch);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + batch + ": " + e, e);
    }
    return events;
  }

  /** Forgets a file whose events are in the log. */
  synchronized void done(Path batch, int events) {
    try {
      Files.delete(batch);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + batch + ": " + e, e);
    }
    waiting = Math.max(0, waiting - events);
    if (numbered().isEmpty() && !Files.exists(directory.resolve(CURRENT))) {
      waiting = 0;
    }
  }

  private List<Path> numbered() {
    try (Stream<Path> all = Files.list(directory)) {
      return all.filter(file -> NUMBERED.matcher(file.getFileName().toString()).matches()).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list the spool " + directory + ": " + e, e);
    }
  }

  private static long number(Path file) {
    return Long.parseLong(file.getFileName().toString().substring(7, 15));
  }
}
