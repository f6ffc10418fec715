// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.security;

import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Who is logged in to the console. Sessions live in memory: after a restart people log in again. */
public final class Sessions {

  /** The name of the cookie. */
  public static final String COOKIE = "millrace_session";

  /** How long a session lasts. */
  public static final Duration LIFETIME = Duration.ofHours(12);

  private static final int MOST = 10_000;

  private final SecureRandom random = new SecureRandom();
  // Guarded by this; oldest first.
  private final Map<String, Session> sessions = new LinkedHashMap<>();

  private record Session(String keyName, long until) {}

  /** Begins a session and returns the cookie's value. */
  public synchronized String begin(String keyName) {
    byte[] bytes = new byte[32];
    random.nextBytes(bytes);
    String token = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    if (sessions.size() >= MOST) {
      sessions.remove(sessions.keySet().iterator().next());
    }
    // Kept by hash: looking it up takes no time that depends on the secret.
    sessions.put(ApiKey.hash(token), new Session(keyName, System.nanoTime() + LIFETIME.toNanos()));
    return token;
  }

  /** Returns the name of the key that a request's session was begun with. */
  public synchronized Optional<String> keyName(HttpServletRequest request) {
    return token(request)
        .map(ApiKey::hash)
        .map(sessions::get)
        .filter(session -> System.nanoTime() - session.until() < 0)
        .map(Session::keyName);
  }

  /** Ends a request's session. */
  public synchronized void end(HttpServletRequest request) {
    token(request).map(ApiKey::hash).ifPresent(sessions::remove);
  }

  private static Optional<String> token(HttpServletRequest request) {
    Cookie[] cookies = request.getCookies();
    if (cookies != null) {
      for (Cookie cookie : cookies) {
        if (cookie.getName().equals(COOKIE)) {
          return Optional.of(cookie.getValue());
        }
      }
    }
    return Optional.empty();
  }
}
