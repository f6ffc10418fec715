// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import io.millrace.core.document.Document;
import io.millrace.core.event.Event;
import io.millrace.core.json.Json;
import io.millrace.core.log.DeadLetter;
import io.millrace.core.log.EventLog;
import io.millrace.core.log.Topic;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.FileFormats;
import io.millrace.core.spi.Guard;
import io.millrace.formats.read.FileParsing;
import io.millrace.memory.DocumentVersion;
import io.millrace.memory.DocumentView;
import io.millrace.online.event.EventJournal;
import io.millrace.online.http.Refusal;
import io.millrace.online.model.ServedModels;
import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Takes a file on: it is read, its hidden text is judged, its documents are put in place of what the same name gave before, and
 * what could not be read becomes dead letters.
 */
public final class FileIntake {

  /** Documents of users, which the offline tier leaves alone. */
  private static final String SOURCE = "api";

  private static final String STAGE = "document";

  private final FileFormats formats;
  private final DocumentWrites writes;
  private final DocumentView documents;
  private final ServedModels models;
  private final EventJournal journal;
  private final EventLog log;

  public FileIntake(
      FileFormats formats,
      DocumentWrites writes,
      DocumentView documents,
      ServedModels models,
      EventJournal journal,
      EventLog log) {
    this.formats = formats;
    this.writes = writes;
    this.documents = documents;
    this.models = models;
    this.journal = journal;
    this.log = log;
  }

  /**
   * Takes a file on.
   *
   * @param library first part of its documents' identities
   * @param name the file's, as the client gave it
   * @param trace of the request
   * @param user whom the verdict on hidden text is written down for
   * @param rights of the client
   * @param labels that its documents get
   */
  FileResult take(
      Path file, String library, String name, String trace, String user, WriteRights rights, Set<String> labels) {
    FileFormats.Place place = new FileFormats.Place(library, name, SOURCE, Instant.now());
    FileFormats.Reading reading = formats.read(file, place);
    reading.lost().forEach(this::keep);
    if (reading.documents().isEmpty()) {
      return FileResult.refused(
          name, reading.lost().isEmpty() ? "it holds no text" : reading.lost().getFirst().reason());
    }
    String taken = taken(reading.documents(), name, rights);
    if (!taken.isEmpty()) {
      keep(new DeadLetter(name, taken, "", Instant.now()));
      return FileResult.refused(name, taken);
    }
    List<Document> judged = new ArrayList<>();
    FileResult.Hidden hidden = null;
    for (Document document : reading.documents()) {
      String text = document.attributes().get("hiddenText");
      String rule = text == null ? "" : rule(document.id(), text, trace, user);
      if (text != null && (hidden == null || hidden.rule().isEmpty())) {
        hidden = new FileResult.Hidden(document.attributes().getOrDefault("hiddenBy", ""), rule);
      }
      judged.add((rule.isEmpty() ? document : marked(document, rule)).withLabels(labels));
    }
    List<String> ids = judged.stream().map(Document::id).toList();
    writes.write(judged, outdated(place, new HashSet<>(ids), rights));
    return FileResult.accepted(name, ids, reading.lost(), hidden);
  }

  /** Has hidden text judged like what somebody asks; returns the rule that it breaks, or an empty text. */
  private String rule(String id, String text, String trace, String user) {
    Guard.Verdict verdict = models.guard().checkInput(text);
    if (verdict.allowed()) {
      return "";
    }
    journal.append(
        new Event.Judged(
            UUID.randomUUID().toString(), Instant.now(), trace, user, STAGE, verdict.decision().name().toLowerCase(Locale.ROOT),
            verdict.rule(), "hidden text of " + id + ": " + models.guard().redact(verdict.reason()).text(), verdict.score(), ""));
    return verdict.rule();
  }

  private static Document marked(Document document, String rule) {
    Map<String, String> attributes = new TreeMap<>(document.attributes());
    attributes.put("risk", rule);
    return document.withAttributes(attributes);
  }

  /**
   * Returns why documents cannot be put where others are: the client has no say there, or they are those of a file with another
   * name; an empty text where they can.
   */
  private String taken(List<Document> given, String name, WriteRights rights) {
    for (Document document : given) {
      Document there = writes.current(document.id()).map(DocumentVersion::document).orElse(null);
      try {
        rights.put(document.id(), there);
      } catch (Refusal e) {
        return String.valueOf(e.getMessage());
      }
      String other = file(there);
      if (!other.isEmpty() && !other.equals(file(document)) && !isOf(other, name)) {
        return "its document '" + document.id() + "' would take the place of what the file '" + other + "' gave, for the names '"
            + file(document) + "' and '" + other + "' lead to the same identity: rename one, send it to another library, or delete"
            + " that document first";
      }
    }
    return "";
  }

  /** What the same file gave before and no longer does: further parts, attachments and entries that are gone. */
  private List<String> outdated(FileFormats.Place place, Set<String> now, WriteRights rights) {
    String id = FileParsing.identity(place);
    Set<String> candidates = new LinkedHashSet<>(writes.recentlyBelow(id));
    candidates.add(id); // a mail that has lost its text, but not its attachments
    below(id, candidates);
    candidates.removeAll(now);
    candidates.removeIf(
        candidate -> {
          Document there = writes.current(candidate).map(DocumentVersion::document).orElse(null);
          return !gave(place, there) || there == null || !rights.mayDelete(there);
        });
    return List.copyOf(candidates);
  }

  private void below(String id, Set<String> found) {
    for (DocumentView.Child child : documents.children(id, Access.EVERYTHING)) {
      if (child.document()) {
        found.add(child.id());
      }
      if (child.folder()) {
        below(child.id(), found);
      }
    }
  }

  /** Names of folders and of files may lead to equal identities: what a document says of its origin counts. */
  private static boolean gave(FileFormats.Place place, @Nullable Document document) {
    return document != null && document.source().equals(SOURCE) && isOf(file(document), place.name())
        && !document.path().isEmpty() && document.path().getFirst().equals(place.library());
  }

  /** Returns whether a document's file is the one of that name or in it: {@code mail.eml/report.pdf} is in {@code mail.eml}. */
  private static boolean isOf(String file, String name) {
    return file.equals(name) || file.startsWith(name + "/");
  }

  private static String file(@Nullable Document document) {
    return document == null ? "" : document.attributes().getOrDefault("file", "");
  }

  /** Keeps what was lost where people look for it; an answer does not wait for that. */
  private void keep(DeadLetter letter) {
    DeadLetter kept = new DeadLetter("upload: " + letter.source(), letter.reason(), letter.excerpt(), letter.at());
    log.append(Topic.DEAD_LETTERS, kept.source(), Json.bytes(kept));
  }
}
