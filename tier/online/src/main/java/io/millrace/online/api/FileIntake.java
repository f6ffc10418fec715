// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import io.millrace.core.document.Document;
import io.millrace.core.event.Event;
import io.millrace.core.json.Json;
import io.millrace.core.log.DeadLetter;
import io.millrace.core.log.EventLog;
import io.millrace.core.log.Topic;
import io.millrace.core.spi.FileFormats;
import io.millrace.core.spi.Guard;
import io.millrace.memory.DocumentView;
import io.millrace.online.event.EventJournal;
import io.millrace.online.model.ServedModels;
import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
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
   */
  FileResult take(Path file, String library, String name, String trace, String user) {
    FileFormats.Reading reading = formats.read(file, new FileFormats.Place(library, name, SOURCE, Instant.now()));
    reading.lost().forEach(this::keep);
    if (reading.documents().isEmpty()) {
      return FileResult.refused(
          name, reading.lost().isEmpty() ? "it holds no text" : reading.lost().getFirst().reason());
    }
    List<Document> judged = new ArrayList<>();
    FileResult.Hidden hidden = null;
    for (Document document : reading.documents()) {
      String text = document.attributes().get("hiddenText");
      String rule = text == null ? "" : rule(document.id(), text, trace, user);
      if (text != null && (hidden == null || hidden.rule().isEmpty())) {
        hidden = new FileResult.Hidden(document.attributes().getOrDefault("hiddenBy", ""), rule);
      }
      judged.add(rule.isEmpty() ? document : marked(document, rule));
    }
    List<String> ids = judged.stream().map(Document::id).toList();
    writes.write(judged, outdated(ids.getFirst(), new HashSet<>(ids)));
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
    return new Document(
        document.id(), document.source(), document.kind(), document.language(), document.title(), document.path(), document.url(),
        document.sections(), document.links(), document.updatedAt(), attributes);
  }

  /** What the same file gave before and no longer does: further parts, attachments that are gone. */
  private List<String> outdated(String id, Set<String> now) {
    List<String> gone = new ArrayList<>();
    below(id, now, gone);
    for (int part = 2; writes.find(id + "/part-" + part).isPresent(); part++) {
      String old = id + "/part-" + part;
      if (!now.contains(old) && !gone.contains(old)) {
        gone.add(old);
      }
    }
    return gone;
  }

  private void below(String id, Set<String> now, List<String> gone) {
    for (DocumentView.Child child : documents.children(id)) {
      if (child.document() && !now.contains(child.id()) && ofUsers(writes.find(child.id()).orElse(null))) {
        gone.add(child.id());
      }
      if (child.folder()) {
        below(child.id(), now, gone);
      }
    }
  }

  private static boolean ofUsers(@Nullable Document document) {
    return document != null && document.source().equals(SOURCE);
  }

  /** Keeps what was lost where people look for it; an answer does not wait for that. */
  private void keep(DeadLetter letter) {
    DeadLetter kept = new DeadLetter("upload: " + letter.source(), letter.reason(), letter.excerpt(), letter.at());
    log.append(Topic.DEAD_LETTERS, kept.source(), Json.bytes(kept));
  }
}
