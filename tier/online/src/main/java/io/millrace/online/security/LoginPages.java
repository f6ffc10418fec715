// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.security;

import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** Logging in to the console with an API key, and out again; the console shows the form. */
@RestController
public final class LoginPages {

  private static final int LONGEST_KEY = 512;

  private final KeyRing keys;
  private final Sessions sessions;

  public LoginPages(KeyRing keys, Sessions sessions) {
    this.keys = keys;
    this.sessions = sessions;
  }

  /** Begins a session. */
  @PostMapping("/login")
  public void login(
      @RequestParam(defaultValue = "") String key,
      @RequestParam(defaultValue = "/") String next,
      HttpServletRequest request,
      HttpServletResponse response) {
    Caller caller = key.length() > LONGEST_KEY ? null : keys.byKey(key.strip()).orElse(null);
    if (caller == null) {
      response.setStatus(HttpStatus.SEE_OTHER.value());
      response.setHeader(
          "Location", "/login?refused=true&next=" + URLEncoder.encode(local(next), StandardCharsets.UTF_8));
      return;
    }
    response.addCookie(cookie(request, sessions.begin(caller.name()), (int) Sessions.LIFETIME.toSeconds()));
    response.setStatus(HttpStatus.SEE_OTHER.value());
    response.setHeader("Location", local(next));
  }

  /** Ends a session. */
  @PostMapping("/logout")
  public void logout(HttpServletRequest request, HttpServletResponse response) {
    sessions.end(request);
    response.addCookie(cookie(request, "", 0));
    response.setStatus(HttpStatus.SEE_OTHER.value());
    response.setHeader("Location", "/login");
  }

  private static Cookie cookie(HttpServletRequest request, String value, int seconds) {
    Cookie cookie = new Cookie(Sessions.COOKIE, value);
    cookie.setHttpOnly(true);
    cookie.setSecure(request.isSecure());
    cookie.setPath("/");
    cookie.setMaxAge(seconds);
    cookie.setAttribute("SameSite", "Strict");
    return cookie;
  }

  /** Only paths of this gateway: what comes behind the login must not lead to another site. */
  private static String local(String next) {
    boolean local = next.startsWith("/") && !next.startsWith("//") && next.chars().allMatch(c -> c > ' ' && c != '\\' && c < 127);
    return local ? next : "/";
  }
}
