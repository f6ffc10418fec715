// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.security;

import io.millrace.online.http.Refusal;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.springframework.web.filter.OncePerRequestFilter;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Finds out who sends a request: by a Bearer key on the API, by the cookie of a session in the console. Without keys
 * in the settings everybody on this machine is let in.
 */
public final class KeyFilter extends OncePerRequestFilter {

  private static final String BEARER = "bearer ";
  /** What is shown to anybody: it holds nothing of the domain. */
  private static final Pattern PUBLIC =
      Pattern.compile(
          "/login|/actuator/health(/[a-z]+)?|/favicon\\.ico"
              + "|/console/((css|js)/)?[A-Za-z0-9._-]+\\.(css|js|svg|png|ico|woff2|webmanifest)"
              + "|/webjars/[A-Za-z0-9._/-]+\\.(css|js)");

  private final KeyRing keys;
  private final Sessions sessions;

  public KeyFilter(KeyRing keys, Sessions sessions) {
    this.keys = keys;
    this.sessions = sessions;
  }

  @Override
  protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    String path = PlainPath.of(request);
    if (keys.open()) {
      request.setAttribute(Caller.ATTRIBUTE, keys.anybody());
      chain.doFilter(request, response);
      return;
    }
    Optional<Caller> caller = caller(request);
    if (caller.isPresent()) {
      request.setAttribute(Caller.ATTRIBUTE, caller.get());
      if (path.startsWith("/actuator") && !PUBLIC.matcher(path).matches()) {
        // Metrics count everybody's documents, questions and tokens.
        caller.get().requireOverview();
      }
      if (path.startsWith("/v1/")) {
        countRequest(caller.get());
      }
    } else if (!PUBLIC.matcher(path).matches()) {
      if (page(request, path)) {
        String query = request.getQueryString() == null ? "" : "?" + request.getQueryString();
        String next = URLEncoder.encode(request.getRequestURI() + query, StandardCharsets.UTF_8);
        response.sendRedirect("/login?next=" + next);
        return;
      }
      throw Refusal.unauthorized(
          request.getHeader("Authorization") == null
              ? "no API key: send it as 'Authorization: Bearer YOUR-KEY'"
              : "this API key is not known here: check it, or ask whoever runs this gateway for one");
    }
    chain.doFilter(request, response);
  }

  private Optional<Caller> caller(HttpServletRequest request) {
    String header = request.getHeader("Authorization");
    if (header != null && header.toLowerCase(Locale.ROOT).startsWith(BEARER)) {
      return keys.byKey(header.substring(BEARER.length()).strip());
    }
    return sessions.keyName(request).flatMap(keys::byName);
  }

  private static void countRequest(Caller caller) {
    Duration wait = caller.takeRequest();
    if (!wait.isZero()) {
      throw Refusal.tooMany(
          "rate_limit_exceeded", "the key '" + caller.name() + "' sends more requests than it may in a minute", wait);
    }
  }

  private static boolean page(HttpServletRequest request, String path) {
    String accept = request.getHeader("Accept");
    return request.getMethod().equals("GET")
        && accept != null
        && accept.contains("text/html")
        && !path.startsWith("/v1/");
  }
}
