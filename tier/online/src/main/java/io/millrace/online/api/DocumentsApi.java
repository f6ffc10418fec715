// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import io.millrace.core.document.Document;
import io.millrace.core.json.Json;
import io.millrace.core.log.EventLog;
import io.millrace.core.log.Topic;
import io.millrace.memory.DocumentView;
import io.millrace.online.Deadlines;
import io.millrace.online.Limits;
import io.millrace.online.event.Acknowledgement;
import io.millrace.online.event.EventJournal;
import io.millrace.online.http.Fields;
import io.millrace.online.http.JsonBodies;
import io.millrace.online.http.Refusal;
import io.millrace.online.security.ApiKey.Role;
import io.millrace.online.security.Caller;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RestController;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * {@code /v1/documents}: putting, showing and deleting content. A change is acknowledged when the log has it; it is
 * found by searches about a second later.
 */
@RestController
public final class DocumentsApi {

  private final EventLog log;
  private final EventJournal journal;
  private final DocumentView documents;
  private final JsonBodies bodies;
  private final Limits limits;
  private final Duration patience;
  private final RecentWrites recent = new RecentWrites();

  public DocumentsApi(
      EventLog log,
      EventJournal journal,
      DocumentView documents,
      JsonBodies bodies,
      Limits limits,
      Deadlines deadlines) {
    this.log = log;
    this.journal = journal;
    this.documents = documents;
    this.bodies = bodies;
    this.limits = limits;
    this.patience = Duration.ofMillis(deadlines.append());
  }

  /** Puts a document under the identity in the address. */
  @PutMapping("/v1/documents/{*id}")
  public Map<String, Object> put(@PathVariable String id, HttpServletRequest request) throws IOException {
    Caller.of(request).require(Role.WRITE);
    Fields body = bodies.object(request);
    body.optionalText("id", 512).filter(other -> !other.equals(plain(id))).ifPresent(other -> {
      throw Refusal.badRequest("id", "id is '" + other + "' in the body but '" + plain(id) + "' in the address");
    });
    return append(DocumentRequest.of(plain(id), body, limits));
  }

  /** Puts a document under the identity in the body. */
  @PostMapping("/v1/documents")
  public Map<String, Object> post(HttpServletRequest request) throws IOException {
    Caller.of(request).require(Role.WRITE);
    Fields body = bodies.object(request);
    return append(DocumentRequest.of(body.text("id", 512), body, limits));
  }

  /** Shows a document. */
  @GetMapping("/v1/documents/{*id}")
  public Document get(@PathVariable String id, HttpServletRequest request) {
    Caller.of(request).require(Role.ASK);
    return find(plain(id)).orElseThrow(() -> unknown(plain(id)));
  }

  /** Deletes a document. */
  @DeleteMapping("/v1/documents/{*id}")
  public Map<String, Object> delete(@PathVariable String id, HttpServletRequest request) {
    Caller.of(request).require(Role.WRITE);
    if (find(plain(id)).isEmpty()) {
      throw unknown(plain(id));
    }
    append(plain(id), null);
    return Map.of("id", plain(id), "status", "accepted", "deleted", true);
  }

  private Map<String, Object> append(Document document) {
    append(document.id(), document);
    return Map.of("id", document.id(), "status", "accepted");
  }

  private void append(String id, @Nullable Document document) {
    journal.requireRoom();
    byte[] value = document == null ? null : Json.bytes(document);
    Acknowledgement.await(List.of(log.append(Topic.DOCUMENTS, id, value)), patience);
    recent.put(id, document, value == null ? 0 : value.length);
  }

  private Optional<Document> find(String id) {
    Optional<RecentWrites.Write> write = recent.of(id);
    return write.isPresent() ? Optional.ofNullable(write.get().document()) : documents.document(id);
  }

  private static Refusal unknown(String id) {
    return Refusal.notFound("document_not_found", "id", "there is no document '" + id + "'");
  }

  /** The rest of the address begins with a slash. */
  private static String plain(String rest) {
    return rest.startsWith("/") ? rest.substring(1) : rest;
  }
}
