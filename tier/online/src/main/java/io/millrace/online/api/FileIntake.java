// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import io.millrace.core.document.Document;
import io.millrace.core.document.HiddenText;
import io.millrace.core.json.Json;
import io.millrace.core.log.DeadLetter;
import io.millrace.core.log.EventLog;
import io.millrace.core.log.Topic;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.FileFormats;
import io.millrace.formats.read.FileParsing;
import io.millrace.memory.DocumentVersion;
import io.millrace.memory.DocumentView;
import io.millrace.online.http.Refusal;
import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Takes a file on: it is read, its hidden text is judged, its documents are put in place of what the same name gave before, and
 * what could not be read becomes dead letters.
 */
public final class FileIntake {

  /** Documents of users, which the offline tier leaves alone. */
  private static final String SOURCE = "api";

  private final FileFormats formats;
  private final DocumentWrites writes;
  private final DocumentView documents;
  private final Inspections inspections;
  private final EventLog log;

  public FileIntake(
      FileFormats formats,
      DocumentWrites writes,
      DocumentView documents,
      Inspections inspections,
      EventLog log) {
    this.formats = formats;
    this.writes = writes;
    this.documents = documents;
    this.inspections = inspections;
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
    List<Document> judged =
        inspections.judged(reading.documents(), trace, user).stream().map(document -> document.withLabels(labels)).toList();
    List<String> ids = judged.stream().map(Document::id).toList();
    writes.write(judged, outdated(place, new HashSet<>(ids), rights));
    return FileResult.accepted(name, ids, reading.lost(), hidden(judged));
  }

  /** Returns what is hidden in a file: of several documents, in the first one that breaks a rule. */
  private static HiddenText.@Nullable Mark hidden(List<Document> documents) {
    List<HiddenText.Mark> marks = documents.stream().map(HiddenText.Mark::of).filter(Objects::nonNull).toList();
    return marks.stream().filter(mark -> !mark.rule().isEmpty()).findFirst().orElse(marks.isEmpty() ? null : marks.getFirst());
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
