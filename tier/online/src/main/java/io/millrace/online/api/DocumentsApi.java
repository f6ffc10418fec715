// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.millrace.core.document.Document;
import io.millrace.core.document.HiddenText;
import io.millrace.core.document.Labels;
import io.millrace.guard.DocumentInspection;
import io.millrace.memory.DocumentVersion;
import io.millrace.memory.Growth;
import io.millrace.online.Limits;
import io.millrace.online.http.Fields;
import io.millrace.online.http.JsonBodies;
import io.millrace.online.http.Refusal;
import io.millrace.online.http.Trace;
import io.millrace.online.security.ApiKey.Role;
import io.millrace.online.security.Caller;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * {@code /v1/documents}: putting, showing and deleting content, and going back to earlier versions. A change is
 * acknowledged when the log has it; it is found by searches about a second later.
 */
@RestController
public final class DocumentsApi {

  /** Says whether a document is in the memory that is searched, or in the archive that it was just brought back from. */
  private static final String PLACE = "X-Millrace-Place";

  private final DocumentWrites documents;
  private final Inspections inspections;
  private final Growth growth;
  private final JsonBodies bodies;
  private final Limits limits;

  public DocumentsApi(DocumentWrites documents, Inspections inspections, Growth growth, JsonBodies bodies, Limits limits) {
    this.documents = documents;
    this.inspections = inspections;
    this.growth = growth;
    this.bodies = bodies;
    this.limits = limits;
  }

  /**
   * A version of a document, without its text.
   *
   * @param current whether it is the one that searches see
   */
  public record Version(long version, String title, Instant updatedAt, boolean current) {
    static Version of(DocumentVersion version, boolean current) {
      return new Version(version.number(), version.document().title(), version.document().updatedAt(), current);
    }
  }

  /**
   * A document that was put.
   *
   * @param hidden what its readers would not see, which is not searched; null for nothing
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Written(String id, String status, long version, HiddenText.@Nullable Mark hidden) {}

  /** The versions of a document that are kept, latest first. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Versions(String id, List<Version> versions) {}

  /** Puts a document under the identity in the address. */
  @PutMapping("/v1/documents/{*id}")
  public ResponseEntity<Written> put(@PathVariable String id, HttpServletRequest request) throws IOException {
    Caller caller = writer(request);
    Fields body = bodies.object(request);
    body.optionalText("id", 512).filter(other -> !other.equals(plain(id))).ifPresent(other -> {
      throw Refusal.badRequest("id", "id is '" + other + "' in the body but '" + plain(id) + "' in the address");
    });
    return put(caller, plain(id), body, request);
  }

  /** Puts a document under the identity in the body. */
  @PostMapping("/v1/documents")
  public ResponseEntity<Written> post(HttpServletRequest request) throws IOException {
    Caller caller = writer(request);
    Fields body = bodies.object(request);
    return put(caller, body.text("id", 512), body, request);
  }

  /** Puts an earlier version of a document in place of the current one. */
  @PostMapping("/v1/documents/restore")
  public ResponseEntity<Written> restore(HttpServletRequest request) throws IOException {
    Caller caller = writer(request);
    Fields body = bodies.object(request);
    String id = body.text("id", 512);
    long number = number(body.text("version", 20));
    if (documents.version(id, number, caller.access()).isEmpty()) {
      throw unknown(id, number);
    }
    Document earlier = documents.kept(id, number).orElseThrow(() -> unknown(id, number)); // with all its labels
    new WriteRights(caller).restore(id, earlier);
    Document again = earlier.withLabels(new WriteRights(caller).labels(List.copyOf(earlier.labels()))).updated(Instant.now());
    return append(caller, again, request);
  }

  /**
   * Shows a document, or one of its versions. One that is in the archive comes back into memory: somebody wants it.
   *
   * @param version number of the version; null for the current one
   * @param versions whether to list the versions instead
   */
  @GetMapping("/v1/documents/{*id}")
  public ResponseEntity<Object> get(
      @PathVariable String id,
      @RequestParam(required = false) @Nullable String version,
      @RequestParam(defaultValue = "false") boolean versions,
      HttpServletRequest request) {
    Caller caller = Caller.of(request);
    caller.require(Role.ASK);
    String plain = plain(id);
    DocumentVersion current = documents.find(plain, caller.access()).orElseThrow(() -> unknown(plain));
    if (versions) {
      List<Version> all = new ArrayList<>(List.of(Version.of(current, true)));
      documents.earlier(plain, caller.access()).stream().filter(each -> each.number() != current.number())
          .forEach(each -> all.add(Version.of(each, false)));
      return ResponseEntity.ok(new Versions(plain, all));
    }
    DocumentVersion shown = current;
    if (version != null) {
      long number = number(version);
      shown = documents.version(plain, number, caller.access()).orElseThrow(() -> unknown(plain, number));
    }
    return ResponseEntity.ok().eTag(Precondition.tag(shown.number())).header(PLACE, place(plain)).body(shown.document());
  }

  /** Deletes a document with all its versions. */
  @DeleteMapping("/v1/documents/{*id}")
  public Map<String, Object> delete(@PathVariable String id, HttpServletRequest request) {
    Caller caller = writer(request);
    WriteRights rights = new WriteRights(caller);
    if (!documents.delete(plain(id), Precondition.of(request), caller.access(), there -> rights.delete(plain(id), there))) {
      throw unknown(plain(id));
    }
    return Map.of("id", plain(id), "status", "accepted", "deleted", true);
  }

  private static Caller writer(HttpServletRequest request) {
    Caller caller = Caller.of(request);
    caller.require(Role.WRITE);
    return caller;
  }

  private ResponseEntity<Written> put(Caller caller, String id, Fields body, HttpServletRequest request) {
    Document document = DocumentRequest.of(id, body, limits);
    return append(caller, document.withLabels(new WriteRights(caller).labels(labels(body))), request);
  }

  private static @Nullable List<String> labels(Fields body) {
    return body.has("labels") ? body.texts("labels", Labels.MOST, Labels.LONGEST) : null;
  }

  private ResponseEntity<Written> append(Caller caller, Document document, HttpServletRequest request) {
    WriteRights rights = new WriteRights(caller);
    DocumentInspection.Inspected inspected =
        inspections.look(DocumentRequest.seen(document), Trace.of(request), inspections.user(caller));
    Document judged = inspected.document();
    long version = documents.put(judged, Precondition.of(request), there -> rights.put(judged.id(), there));
    inspections.writeDown(inspected);
    return ResponseEntity.ok()
        .eTag(Precondition.tag(version))
        .body(new Written(judged.id(), "accepted", version, HiddenText.Mark.of(judged)));
  }

  private String place(String id) {
    return !growth.archived(id) ? "memory" : growth.opened(id) ? "archive, coming back" : "archive";
  }

  private static long number(String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw Refusal.badRequest("version", "version '" + text + "' is no number: ?versions=true lists those that there are");
    }
  }

  private static Refusal unknown(String id) {
    return Refusal.notFound("document_not_found", "id", "there is no document '" + id + "'");
  }

  private static Refusal unknown(String id, long version) {
    return Refusal.notFound(
        "version_not_found", "version",
        "version " + version + " of document '" + id + "' is not kept: GET /v1/documents/" + id + "?versions=true lists those that are");
  }

  /** The rest of the address begins with a slash. */
  private static String plain(String rest) {
    return rest.startsWith("/") ? rest.substring(1) : rest;
  }
}
