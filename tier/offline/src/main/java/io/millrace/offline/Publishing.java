// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline;

import io.millrace.core.document.Document;
import io.millrace.core.event.Event;
import io.millrace.core.json.Json;
import io.millrace.core.log.DeadLetter;
import io.millrace.core.log.EventLog;
import io.millrace.core.log.EventLogUnavailable;
import io.millrace.core.log.LogRecord;
import io.millrace.core.log.LogScan;
import io.millrace.core.log.Position;
import io.millrace.core.log.PublishedPage;
import io.millrace.core.log.Topic;
import io.millrace.core.spi.Guard;
import io.millrace.guard.DocumentInspection;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;

/**
 * Brings the log's documents in line with a corpus: new and changed ones are appended, those that vanished are
 * deleted. What readers of them would not see is judged on the way. What is in the log decides what is missing, so it
 * may be interrupted and repeated at will.
 *
 * <p>What users did wins: documents that they put themselves (source {@value #BY_USERS}) are left alone, and a page
 * that they deleted stays deleted until its content changes. The log keeps what was published beside the documents
 * ({@link Topic#PUBLISHED}), which tells a page that somebody deleted from one that never came. Wherever a run is
 * killed, that record is never ahead of the documents: at worst a page comes back, none is lost. Users of a gateway
 * elsewhere may go on writing meanwhile; what they did to a page just before it was published is done once more after it.
 */
final class Publishing {

  static final String NAME = "publish";
  static final String BY_USERS = "api";

  /** Whom verdicts on documents are written down for that nobody sent. */
  private static final String NOBODY = "anonymous";

  /** So many appends are under way at most; more would only wait in memory. A kill leaves so many without a record. */
  private static final int WINDOW = 500;


  /**
   * What was done.
   *
   * @param unchanged documents that were in the log as they are
   * @param left pages that users deleted, which stay away
   */
  record Result(int appended, int deleted, int unchanged, List<String> left) {}

  /**
   * Where the log ended when it was in line with a corpus.
   *
   * @param left see {@link Result#left()}
   */
  record Mark(String corpus, Map<Integer, Long> end, @Nullable List<String> left) {}

  private record Known(String hash, boolean byUsers) {}

  private final EventLog log;
  private final DocumentInspection inspection;
  private final Path markFile;
  private final List<CompletableFuture<Position>> under = new ArrayList<>();

  /** Where this run's records of documents stand, by document. */
  private final Map<String, CompletableFuture<Position>> own = new HashMap<>();

  /**
   * Publishing to a log; the mark lets a later run see at once that nothing happened since.
   *
   * @param guard judges what readers of the documents would not see, as it does with what users put
   */
  Publishing(EventLog log, Guard guard, Path work) {
    this.log = log;
    this.inspection = new DocumentInspection(guard, NAME, NOBODY, Long.MAX_VALUE);
    this.markFile = work.resolve("published.json");
  }

  /**
   * Returns whether the log is as it was when this corpus was published.
   *
   * @param corpus its reference, with whatever else decides of what is published
   */
  boolean upToDate(String corpus) {
    return lastMark().filter(mark -> mark.corpus().equals(corpus) && mark.end().equals(log.end(Topic.DOCUMENTS))).isPresent();
  }

  /** Returns what people should know of the last run. */
  List<String> notes() {
    List<String> left = lastMark().map(Mark::left).orElse(List.of());
    if (left.isEmpty()) {
      return List.of();
    }
    return List.of(
        String.format(
            Locale.ROOT,
            "%,d pages that users deleted stay away until their content changes, for example %s",
            left.size(),
            String.join(", ", left.subList(0, Math.min(left.size(), 3)))));
  }

  private Optional<Mark> lastMark() {
    try {
      return Optional.of(Json.read(Files.readAllBytes(markFile), Mark.class));
    } catch (IOException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /**
   * Publishes documents.
   *
   * @param corpus see {@link #upToDate}
   * @throws EventLogUnavailable when the log refuses; what was acknowledged stays, and a repetition does the rest
   */
  Result publish(String corpus, List<Document> documents, StepProgress progress) throws IOException {
    own.clear();
    Map<Integer, Long> before = log.end(Topic.DOCUMENTS);
    Map<String, Known> known = known(progress);
    Map<String, String> published = published(progress);
    List<String> left = new ArrayList<>();
    Map<String, String> records = new TreeMap<>();
    int appended = 0;
    int unchanged = 0;
    int done = 0;
    for (Document document : documents) {
      progress.check();
      String id = document.id();
      String content = hash(document);
      Known present = known.remove(id);
      DocumentInspection.Inspected judged = inspection.inspect(document);
      String whole = judged.document().equals(document) ? content : hash(judged.document());
      if (present == null && content.equals(published.get(id))) {
        left.add(id); // Judged otherwise than before, it is still the page that was deleted.
      } else if (present != null && (present.byUsers() || present.hash().equals(whole))) {
        unchanged++;
      } else {
        append(judged);
        appended++;
      }
      if (!content.equals(published.get(id))) {
        records.put(id, content);
      }
      if (under.size() >= WINDOW || records.size() >= WINDOW) {
        record(records);
      }
      progress.update(++done, documents.size(), "documents");
    }
    record(records);
    int deleted = delete(known, published.keySet(), progress);
    giveWay(before, progress);
    mark(corpus, left);
    return new Result(appended, deleted, unchanged, left);
  }

  /** Appends what of a corpus could not be read, unless the log has it already: people look for lost pages there. */
  void publishLost(List<DeadLetter> letters, StepProgress progress) {
    if (letters.isEmpty()) {
      return;
    }
    Set<String> known = new HashSet<>();
    read(
        Topic.DEAD_LETTERS,
        Map.of(),
        progress,
        record -> {
          byte[] value = record.value();
          if (value != null) {
            known.add(reason(Json.read(value, DeadLetter.class)));
          }
        });
    for (DeadLetter letter : letters) {
      if (known.add(reason(letter))) {
        append(Topic.DEAD_LETTERS, letter.source(), Json.bytes(letter));
      }
      if (under.size() >= WINDOW) {
        settle();
      }
    }
    settle();
  }

  private static String reason(DeadLetter letter) {
    return letter.source() + "\n" + letter.reason();
  }

  /** Records what was published, once it was acknowledged. */
  private void record(Map<String, String> records) {
    settle();
    records.forEach((id, content) -> append(Topic.PUBLISHED, id, Json.bytes(new PublishedPage(content))));
    settle();
    records.clear();
  }

  /**
   * Deletes what the corpus no longer has. The record of pages that users deleted stays: a source that is away for one
   * run must not bring them back.
   */
  private int delete(Map<String, Known> known, Set<String> published, StepProgress progress) {
    List<String> gone =
        known.entrySet().stream().filter(e -> !e.getValue().byUsers()).map(Map.Entry::getKey).sorted().toList();
    for (int from = 0; from < gone.size(); from += WINDOW) {
      progress.check();
      List<String> some = gone.subList(from, Math.min(gone.size(), from + WINDOW));
      // The record goes first: the page is still there if nothing follows, and the next run deletes it.
      some.stream().filter(published::contains).forEach(id -> append(Topic.PUBLISHED, id, null));
      settle();
      some.forEach(id -> append(Topic.DOCUMENTS, id, null));
      settle();
    }
    return gone.size();
  }

  /** Does once more what users did to documents while this run did not know of it yet and wrote over it. */
  private void giveWay(Map<Integer, Long> since, StepProgress progress) {
    Map<String, LogRecord> theirs = new HashMap<>();
    Map<String, LogRecord> overwritten = new TreeMap<>();
    read(
        Topic.DOCUMENTS,
        since,
        progress,
        record -> {
          CompletableFuture<Position> mine = own.get(record.key());
          if (mine == null) {
            return;
          }
          if (!mine.join().equals(record.position())) {
            theirs.put(record.key(), record);
            overwritten.remove(record.key());
          } else if (theirs.containsKey(record.key())) {
            overwritten.put(record.key(), theirs.get(record.key()));
          }
        });
    overwritten.values().forEach(record -> under.add(log.append(Topic.DOCUMENTS, record.key(), record.value())));
    settle();
  }

  private void append(DocumentInspection.Inspected judged) {
    Event.Judged finding = judged.finding();
    if (finding != null) {
      append(Topic.EVENTS, finding.user(), Json.bytes(finding));
    }
    append(Topic.DOCUMENTS, judged.document().id(), Json.bytes(judged.document()));
  }

  private void append(Topic topic, String key, byte @Nullable [] value) {
    CompletableFuture<Position> appended = log.append(topic, key, value);
    under.add(appended);
    if (topic == Topic.DOCUMENTS) {
      own.put(key, appended);
    }
  }

  /** Waits until everything that was appended is acknowledged. */
  private void settle() {
    try {
      under.forEach(CompletableFuture::join);
    } catch (CompletionException e) {
      if (e.getCause() instanceof EventLogUnavailable unavailable) {
        throw unavailable;
      }
      throw e;
    } finally {
      under.clear();
    }
  }

  /** The documents that the log has now. */
  private Map<String, Known> known(StepProgress progress) {
    Map<String, Known> known = new HashMap<>();
    read(
        Topic.DOCUMENTS,
        Map.of(),
        progress,
        record -> {
          byte[] value = record.value();
          if (value == null) {
            known.remove(record.key());
          } else {
            Document document = Json.read(value, Document.class);
            known.put(record.key(), new Known(hash(document), document.source().equals(BY_USERS)));
          }
        });
    return known;
  }

  /** What was published so far: hashes of contents by document. */
  private Map<String, String> published(StepProgress progress) {
    Map<String, String> published = new HashMap<>();
    read(
        Topic.PUBLISHED,
        Map.of(),
        progress,
        record -> {
          byte[] value = record.value();
          if (value == null) {
            published.remove(record.key());
          } else {
            published.put(record.key(), Json.read(value, PublishedPage.class).content());
          }
        });
    return published;
  }

  private void read(Topic topic, Map<Integer, Long> from, StepProgress progress, Consumer<LogRecord> taker) {
    LogScan.read(log, topic, from, progress::check, taker);
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
            Map.of(),
            document.labels()));
    content.add(new TreeMap<>(document.attributes()));
    return StepRunner.sha256(Json.write(content));
  }

  private void mark(String corpus, List<String> left) throws IOException {
    Files.createDirectories(markFile.getParent());
    Path fresh = markFile.resolveSibling("published.json.new");
    Files.write(fresh, Json.bytes(new Mark(corpus, log.end(Topic.DOCUMENTS), left)));
    Files.move(fresh, markFile, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
