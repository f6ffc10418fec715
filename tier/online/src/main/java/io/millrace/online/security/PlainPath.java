// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.security;

import io.millrace.online.http.Refusal;
import jakarta.servlet.http.HttpServletRequest;
import org.springframework.web.util.UriUtils;

import java.nio.charset.StandardCharsets;

/**
 * A request's path as its handlers will see it. An address that filters and handlers could read in two ways (with
 * path parameters, dot segments or empty segments) is refused, so that no handler is reached past a filter.
 */
final class PlainPath {

  private PlainPath() {}

  /** Returns the decoded path. */
  static String of(HttpServletRequest request) {
    String uri = request.getRequestURI();
    String path = request.getServletPath() + (request.getPathInfo() == null ? "" : request.getPathInfo());
    if (uri.indexOf(';') >= 0 || !decoded(uri).equals(path)) {
      throw Refusal.badRequest(
          null, "the address holds ';', '//' or dots as a segment: send it in its plain form, a ';' of a name as %3B");
    }
    return path;
  }

  private static String decoded(String uri) {
    try {
      return UriUtils.decode(uri, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw Refusal.badRequest(null, "the address is not properly encoded");
    }
  }
}
