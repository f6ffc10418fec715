// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.security;

import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.util.HtmlUtils;

import java.io.IOException;

/** Logging in to the console with an API key, and out again. */
@RestController
public final class LoginPages {

  private static final int LONGEST_KEY = 512;

  private final KeyRing keys;
  private final Sessions sessions;

  public LoginPages(KeyRing keys, Sessions sessions) {
    this.keys = keys;
    this.sessions = sessions;
  }

  /** Shows the form. */
  @GetMapping("/login")
  public ResponseEntity<String> form(@RequestParam(defaultValue = "/") String next) {
    return page(HttpStatus.OK, next, "");
  }

  /** Begins a session. */
  @PostMapping("/login")
  public @Nullable ResponseEntity<String> login(
      @RequestParam(defaultValue = "") String key,
      @RequestParam(defaultValue = "/") String next,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException {
    Caller caller = key.length() > LONGEST_KEY ? null : keys.byKey(key.strip()).orElse(null);
    if (caller == null) {
      return page(HttpStatus.UNAUTHORIZED, next, "This key is not known here. · 密钥无效。");
    }
    response.addCookie(cookie(request, sessions.begin(caller.name()), (int) Sessions.LIFETIME.toSeconds()));
    response.setStatus(HttpStatus.SEE_OTHER.value());
    response.setHeader("Location", local(next));
    return null;
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

  private static ResponseEntity<String> page(HttpStatus status, String next, String message) {
    String html =
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Millrace</title><link rel="stylesheet" href="/login.css"></head>
        <body><main><h1>Millrace</h1><form method="post" action="/login">
        <label>API key · 密钥 <input type="password" name="key" autocomplete="current-password" required autofocus></label>
        <input type="hidden" name="next" value="%s"><button>Log in · 登录</button><p role="alert">%s</p></form></main></body></html>
        """
            .formatted(HtmlUtils.htmlEscape(local(next)), HtmlUtils.htmlEscape(message));
    return ResponseEntity.status(status).contentType(MediaType.TEXT_HTML).body(html);
  }

  /** The form's looks: it stands alone, so that it does not depend on the console's. */
  @GetMapping(value = "/login.css", produces = "text/css")
  public String looks() {
    return """
        :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
        body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: Canvas; color: CanvasText; }
        main { width: min(22rem, 90vw); } h1 { font-size: 1.5rem; margin: 0 0 1rem; }
        label { display: block; } input { width: 100%; box-sizing: border-box; padding: .6rem; font: inherit; margin: .3rem 0 1rem; }
        button { padding: .6rem 1.2rem; font: inherit; cursor: pointer; } p { color: #c0392b; min-height: 1.5em; }
        """;
  }
}
