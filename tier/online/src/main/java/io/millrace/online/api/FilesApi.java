// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import io.millrace.core.document.Document;
import io.millrace.core.registry.DurableFiles;
import io.millrace.core.time.Deadline;
import io.millrace.formats.draft.FormatLimits;
import io.millrace.online.Deadlines;
import io.millrace.online.Limits;
import io.millrace.online.http.FileParts;
import io.millrace.online.http.Refusal;
import io.millrace.online.http.Trace;
import io.millrace.online.http.Uploads;
import io.millrace.online.model.ServedModels;
import io.millrace.online.security.ApiKey.Role;
import io.millrace.online.security.Caller;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@code POST /v1/documents/files}: files of any format, each of which is accepted or refused by itself. */
@RestController
public final class FilesApi {

  private static final Logger LOG = LoggerFactory.getLogger(FilesApi.class);

  /** First part of identities where a client names none. */
  private static final String LIBRARY = "files";

  /** A body may be so many times as large as its largest file. */
  private static final int FILES_AT_ONCE = 4;

  private static final int LONGEST_NAME = 300;

  private final FileIntake intake;
  private final Uploads uploads;
  private final ServedModels models;
  private final FormatLimits files;
  private final Limits limits;
  private final Deadlines deadlines;

  public FilesApi(
      FileIntake intake, Uploads uploads, ServedModels models, FormatLimits files, Limits limits, Deadlines deadlines) {
    this.intake = intake;
    this.uploads = uploads;
    this.models = models;
    this.files = files;
    this.limits = limits;
    this.deadlines = deadlines;
  }

  /**
   * What became of the files.
   *
   * @param files in the order in which they were sent
   */
  public record Received(List<FileResult> files) {}

  /** Takes files on. */
  @PostMapping("/v1/documents/files")
  public Received post(HttpServletRequest request) throws IOException {
    Caller caller = Caller.of(request);
    caller.require(Role.WRITE);
    Deadline deadline = RequestTime.of(request, deadlines);
    FileParts parts = FileParts.of(request, (long) files.fileBytes() * FILES_AT_ONCE, deadline);
    String user = caller.user(null, models.guard());
    Path spool = uploads.file();
    try {
      return new Received(receive(parts, spool, Trace.of(request), user, new WriteRights(caller), deadline));
    } finally {
      Files.deleteIfExists(spool);
    }
  }

  private List<FileResult> receive(
      FileParts parts, Path spool, String trace, String user, WriteRights rights, Deadline deadline)
      throws IOException {
    List<FileResult> results = new ArrayList<>();
    String usual = rights.caller().namespace() + LIBRARY;
    String library = usual;
    @Nullable List<String> labels = null;
    String name = "";
    try {
      while (parts.next()) {
        if (parts.isPlain()) {
          switch (parts.field()) {
            case "library" -> library = library(parts.text(), usual);
            case "labels" -> labels = labels(parts.text());
            default -> {}
          }
          continue;
        }
        name = name(parts.fileName());
        if (name.isEmpty()) {
          continue; // a form whose field was left empty
        }
        if (results.size() == limits.batch()) {
          results.add(FileResult.refused(name, "only " + limits.batch() + " files are taken at once (limit batch): send the others by themselves"));
          return results;
        }
        parts.store(spool, files.fileBytes());
        results.add(
            deadline.expired()
                ? FileResult.refused(name, "the request's time was over before it could be read: send fewer files at once")
                : intake.take(spool, library, name, trace, user, rights, rights.labels(labels)));
      }
    } catch (Refusal e) {
      if (results.isEmpty()) {
        throw e;
      }
      // What was taken on must be known to the client.
      results.add(FileResult.refused("", "what followed was not received: " + e.getMessage()));
    } catch (IOException | RuntimeException e) {
      if (results.stream().noneMatch(FileResult::accepted)) {
        throw e;
      }
      LOG.error("trace {}: the file '{}' was not taken on, others before it were", trace, name, e);
      String why =
          DurableFiles.diskFull(e)
              ? "a disk of the server is full, and what followed was not received: free some space there, then send it again, with what followed"
              : "the server failed at it, and what followed was not received: send it again, with what followed; the"
                  + " server's log has the cause under trace " + trace;
      results.add(FileResult.refused(name, why));
    }
    if (results.isEmpty()) {
      throw Refusal.badRequest("file", "the body holds no file: send some, for example with curl -F file=@report.pdf");
    }
    return results;
  }

  /** Labels in one field, with commas or spaces between them; a form whose field was left empty says nothing of them. */
  private static @Nullable List<String> labels(String text) {
    return text.isBlank() ? null : List.of(text.strip().split("[,\\s]+"));
  }

  private static String library(String text, String usual) {
    String library = text.isBlank() ? usual : text.strip();
    try {
      Document.checkId(library);
    } catch (IllegalArgumentException e) {
      throw Refusal.badRequest("library", String.valueOf(e.getMessage()));
    }
    if (library.endsWith("/") || library.length() > LONGEST_NAME / 3) {
      throw Refusal.badRequest("library", "library '" + library + "' ends in a slash or is longer than " + LONGEST_NAME / 3 + " characters");
    }
    return library;
  }

  /** A name with slashes that leads out of nothing. */
  private static String name(String given) {
    String name = given.replace('\\', '/').replaceAll("^([A-Za-z]:)?/+", "").replaceAll("(^|/)\\.\\.?(?=/|$)", "$1").replaceAll("/{2,}", "/");
    String relative = name.startsWith("/") ? name.substring(1) : name;
    if (relative.length() <= LONGEST_NAME) {
      return relative;
    }
    int cut = relative.length() - LONGEST_NAME;
    return relative.substring(Character.isLowSurrogate(relative.charAt(cut)) ? cut + 1 : cut);
  }
}
