// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import io.millrace.memory.DocumentVersion;
import io.millrace.online.http.Refusal;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

import java.util.Optional;

/**
 * What must be so for a write to be made: {@code If-Match} with the version that the client has read, or {@code *} for
 * any, and {@code If-None-Match: *} where nothing may be replaced (RFC 9110, section 13.1).
 *
 * @param version that must be the current one; null for any or none
 * @param present whether there must be a document
 * @param absent whether there must be none
 */
record Precondition(@Nullable Long version, boolean present, boolean absent) {

  /** Of a write that replaces whatever is there. */
  static final Precondition NONE = new Precondition(null, false, false);

  /** Reads a request's headers. */
  static Precondition of(HttpServletRequest request) {
    String match = request.getHeader("If-Match");
    String noMatch = request.getHeader("If-None-Match");
    if (noMatch != null && !noMatch.strip().equals("*")) {
      throw Refusal.badRequest("If-None-Match", "If-None-Match is '" + noMatch + "': only * is understood, to replace nothing");
    }
    if (match == null) {
      return new Precondition(null, false, noMatch != null);
    }
    boolean any = match.strip().equals("*");
    return new Precondition(any ? null : version(match), true, noMatch != null);
  }

  /** Writes a version as an entity tag. */
  static String tag(long version) {
    return "\"" + version + "\"";
  }

  private static long version(String tag) {
    String plain = tag.strip();
    try {
      if (plain.length() > 2 && plain.startsWith("\"") && plain.endsWith("\"")) {
        return Long.parseLong(plain.substring(1, plain.length() - 1));
      }
    } catch (NumberFormatException e) {
      throw noTag(tag);
    }
    throw noTag(tag);
  }

  private static Refusal noTag(String tag) {
    return Refusal.badRequest(
        "If-Match", "If-Match is '" + tag + "': send the ETag of the document as it was read, such as \"17\", or *");
  }

  /** Refuses the write if things are not as they must be. */
  void check(String id, Optional<DocumentVersion> current) {
    if (absent && current.isPresent()) {
      throw Refusal.preconditionFailed(
          "there is a document '" + id + "' already, of version " + current.get().number() + ", and If-None-Match says to replace none");
    }
    if (present && current.isEmpty()) {
      throw Refusal.preconditionFailed("there is no document '" + id + "', and If-Match says to replace one");
    }
    if (version != null && current.isPresent() && current.get().number() != version) {
      throw Refusal.preconditionFailed(
          "document '" + id + "' has version " + current.get().number() + " by now instead of " + version
              + ": read it again, then repeat the change on what it says");
    }
  }
}
