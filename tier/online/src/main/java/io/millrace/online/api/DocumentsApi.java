// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import io.millrace.core.document.Document;
import io.millrace.online.Limits;
import io.millrace.online.http.Fields;
import io.millrace.online.http.JsonBodies;
import io.millrace.online.http.Refusal;
import io.millrace.online.security.ApiKey.Role;
import io.millrace.online.security.Caller;
import jakarta.servlet.http.HttpServletRequest;
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
    return documents.find(plain(id)).orElseThrow(() -> unknown(plain(id)));
  }

  /** Deletes a document. */
  @DeleteMapping("/v1/documents/{*id}")
  public Map<String, Object> delete(@PathVariable String id, HttpServletRequest request) {
    Caller.of(request).require(Role.WRITE);
    if (documents.find(plain(id)).isEmpty()) {
      throw unknown(plain(id));
    }
    documents.write(List.of(), List.of(plain(id)));
    return Map.of("id", plain(id), "status", "accepted", "deleted", true);
  }

  private Map<String, Object> append(Document document) {
    documents.write(List.of(document), List.of());
    return Map.of("id", document.id(), "status", "accepted");
  }

  private static Refusal unknown(String id) {
    return Refusal.notFound("document_not_found", "id", "there is no document '" + id + "'");
  }

  /** The rest of the address begins with a slash. */
  private static String plain(String rest) {
    return rest.startsWith("/") ? rest.substring(1) : rest;
  }
}
