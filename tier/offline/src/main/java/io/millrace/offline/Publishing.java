// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline;

import io.millrace.core.document.Document;
import io.millrace.core.json.Json;
import io.millrace.core.log.EventLog;
import io.millrace.core.log.EventLogUnavailable;
import io.millrace.core.log.LogReader;
import io.millrace.core.log.LogRecord;
import io.millrace.core.log.Position;
import io.millrace.core.log.Topic;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Brings the log's documents in line with a corpus: new and changed ones are appended, those that vanished are
 * deleted. What is in the log decides what is missing, so it may be interrupted and repeated at will; documents that
 * users put there themselves (source {@value #BY_USERS}) are left alone.
 */
final class Publishing {

  static final String NAME = "publish";
  static final String BY_USERS = "api";

  /** So many appends are under way at most; more would only wait in memory. */
  private static final int WINDOW = 500;

  private static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final int EMPTY_POLLS = 15;

  /**
   * What was done.
   *
   * @param unchanged documents that were in the log as they are
   */
  record Result(int appended, int deleted, int unchanged) {}

  /** Where the log ended when it was in line with a corpus. */
  record Mark(String corpus, Map<Integer, Long> end) {}

  private record Known(String hash, boolean byUsers) {}

  private final EventLog log;
  private final Path markFile;

  /** Publishing to a log; the mark lets a later run see at once that nothing happened since. */
  Publishing(EventLog log, Path work) {
    this.log = log;
    this.markFile = work.resolve("published.json");
  }

  /** Returns whether the log is as it was when this corpus was published. */
  boolean upToDate(String corpus) {
    try {
      Mark mark = Json.read(Files.readAllBytes(markFile), Mark.class);
      return mark.corpus().equals(corpus) && mark.end().equals(log.end(Topic.DOCUMENTS));
    } catch (IOException | IllegalArgumentException e) {
      return false;
    }
  }

  /**
   * Publishes documents.
   *
   * @param corpus reference of the version they come from
   * @throws EventLogUnavailable when the log refuses; what was acknowledged stays, and a repetition does the rest
   */
  Result publish(String corpus, List<Document> documents, StepProgress progress) throws IOException {
    Map<String, Known> known = known(progress);
    Deque<CompletableFuture<Position>> under = new ArrayDeque<>();
    int appended = 0;
    int unchanged = 0;
    int done = 0;
    for (Document document : documents) {
      progress.check();
      Known before = known.remove(document.id());
      if (before != null && (before.byUsers() || before.hash().equals(hash(document)))) {
        unchanged++;
      } else {
        append(under, document.id(), Json.bytes(document));
        appended++;
      }
      progress.update(++done, documents.size(), "documents");
    }
    int deleted = 0;
    for (Map.Entry<String, Known> gone : known.entrySet()) {
      progress.check();
      if (!gone.getValue().byUsers()) {
        append(under, gone.getKey(), null);
        deleted++;
      }
    }
    while (!under.isEmpty()) {
      await(under.remove());
    }
    mark(corpus);
    return new Result(appended, deleted, unchanged);
  }

  private void append(Deque<CompletableFuture<Position>> under, String key, byte @Nullable [] value) {
    if (under.size() >= WINDOW) {
      await(under.remove());
    }
    under.add(log.append(Topic.DOCUMENTS, key, value));
  }

  private static void await(CompletableFuture<Position> append) {
    try {
      append.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof EventLogUnavailable unavailable) {
        throw unavailable;
      }
      throw e;
    }
  }

  /** The documents that the log has now. */
  private Map<String, Known> known(StepProgress progress) {
    Map<String, Known> known = new HashMap<>();
    Map<Integer, Long> end = log.end(Topic.DOCUMENTS);
    try (LogReader reader = log.reader(Topic.DOCUMENTS, Map.of())) {
      int silent = 0;
      while (!reached(reader.position(), end)) {
        progress.check();
        List<LogRecord> records = reader.poll(PATIENCE);
        silent = records.isEmpty() ? silent + 1 : 0;
        if (silent > EMPTY_POLLS) {
          throw new EventLogUnavailable(
              "the documents topic ends at " + end + " but nothing came after " + reader.position(),
              new IllegalStateException("no records"));
        }
        for (LogRecord record : records) {
          byte[] value = record.value();
          if (value == null) {
            known.remove(record.key());
          } else {
            Document document = Json.read(value, Document.class);
            known.put(record.key(), new Known(hash(document), document.source().equals(BY_USERS)));
          }
        }
      }
    }
    return known;
  }

  private static boolean reached(Map<Integer, Long> position, Map<Integer, Long> end) {
    return end.entrySet().stream().allMatch(e -> position.getOrDefault(e.getKey(), 0L) >= e.getValue());
  }

  /** A hash of the content: the time of its last change and the order of attributes do not count. */
  static String hash(Document document) {
    List<Object> content = new ArrayList<>();
    content.add(
        new Document(
            document.id(),
            document.source(),
            document.kind(),
            document.language(),
            document.title(),
            document.path(),
            document.url(),
            document.sections(),
            document.links(),
            Instant.EPOCH,
            Map.of()));
    content.add(new TreeMap<>(document.attributes()));
    return StepRunner.sha256(Json.write(content));
  }

  private void mark(String corpus) throws IOException {
    Files.createDirectories(markFile.getParent());
    Path fresh = markFile.resolveSibling("published.json.new");
    Files.write(fresh, Json.bytes(new Mark(corpus, log.end(Topic.DOCUMENTS))));
    Files.move(fresh, markFile, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
