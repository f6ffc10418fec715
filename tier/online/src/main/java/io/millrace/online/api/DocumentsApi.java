// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import io.millrace.core.document.Document;
import io.millrace.core.document.Labels;
import io.millrace.online.Limits;
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
import java.util.List;
import java.util.Map;

/**
 * {@code /v1/documents}: putting, showing and deleting content. A change is acknowledged when the log has it; it is
 * found by searches about a second later.
 */
@RestController
public final class DocumentsApi {

  private final DocumentWrites documents;
  private final JsonBodies bodies;
  private final Limits limits;

  public DocumentsApi(DocumentWrites documents, JsonBodies bodies, Limits limits) {
    this.documents = documents;
    this.bodies = bodies;
    this.limits = limits;
  }

  /** Puts a document under the identity in the address. */
  @PutMapping("/v1/documents/{*id}")
  public Map<String, Object> put(@PathVariable String id, HttpServletRequest request) throws IOException {
    Caller caller = writer(request);
    Fields body = bodies.object(request);
    body.optionalText("id", 512).filter(other -> !other.equals(plain(id))).ifPresent(other -> {
      throw Refusal.badRequest("id", "id is '" + other + "' in the body but '" + plain(id) + "' in the address");
    });
    return put(caller, plain(id), body);
  }

  /** Puts a document under the identity in the body. */
  @PostMapping("/v1/documents")
  public Map<String, Object> post(HttpServletRequest request) throws IOException {
    Caller caller = writer(request);
    Fields body = bodies.object(request);
    return put(caller, body.text("id", 512), body);
  }

  /** Shows a document. */
  @GetMapping("/v1/documents/{*id}")
  public Document get(@PathVariable String id, HttpServletRequest request) {
    Caller caller = Caller.of(request);
    caller.require(Role.ASK);
    return documents.find(plain(id), caller.access()).orElseThrow(() -> unknown(plain(id)));
  }

  /** Deletes a document. */
  @DeleteMapping("/v1/documents/{*id}")
  public Map<String, Object> delete(@PathVariable String id, HttpServletRequest request) {
    Caller caller = writer(request);
    Document there =
        documents.current(plain(id)).filter(document -> caller.access().sees(document.labels()))
            .orElseThrow(() -> unknown(plain(id)));
    new WriteRights(caller).delete(plain(id), there);
    documents.write(List.of(), List.of(plain(id)));
    return Map.of("id", plain(id), "status", "accepted", "deleted", true);
  }

  private static Caller writer(HttpServletRequest request) {
    Caller caller = Caller.of(request);
    caller.require(Role.WRITE);
    return caller;
  }

  private Map<String, Object> put(Caller caller, String id, Fields body) {
    WriteRights rights = new WriteRights(caller);
    Document document = DocumentRequest.of(id, body, limits);
    rights.put(id, documents.current(id).orElse(null));
    documents.write(List.of(document.withLabels(rights.labels(labels(body)))), List.of());
    return Map.of("id", id, "status", "accepted");
  }

  private static @Nullable List<String> labels(Fields body) {
    return body.has("labels") ? body.texts("labels", Labels.MOST, Labels.LONGEST) : null;
  }

  private static Refusal unknown(String id) {
    return Refusal.notFound("document_not_found", "id", "there is no document '" + id + "'");
  }

  /** The rest of the address begins with a slash. */
  private static String plain(String rest) {
    return rest.startsWith("/") ? rest.substring(1) : rest;
  }
}
