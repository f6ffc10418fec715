// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.console;

import io.millrace.core.document.Language;
import io.millrace.core.settings.DomainPack;
import io.millrace.online.GatewaySettings;
import io.millrace.online.security.ApiKey;
import io.millrace.online.security.Caller;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;
import org.springframework.core.MethodParameter;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseCookie;
import org.springframework.stereotype.Component;
import org.springframework.web.bind.support.WebDataBinderFactory;
import org.springframework.web.context.request.NativeWebRequest;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.method.support.ModelAndViewContainer;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Makes the {@link Page} of a request: language and theme from cookies, the first guess of the language from what
 * the browser prefers, and a random identity for events.
 */
@Component
public final class Visitor implements HandlerMethodArgumentResolver {

  /** Holds the language that the reader chose. */
  static final String LANGUAGE = "millrace_lang";

  /** Holds the theme that the reader chose. */
  static final String THEME = "millrace_theme";

  /** Holds the identity that the console's events carry; scripts read it. */
  static final String USER = "millrace_user";

  private static final Set<String> THEMES = Set.of("system", "light", "dark");
  private static final Duration LONG = Duration.ofDays(365);

  private final GatewaySettings settings;
  private final SecureRandom random = new SecureRandom();

  Visitor(GatewaySettings settings) {
    this.settings = settings;
  }

  @Override
  public boolean supportsParameter(MethodParameter parameter) {
    return parameter.getParameterType() == Page.class;
  }

  @Override
  public Object resolveArgument(
      MethodParameter parameter,
      @Nullable ModelAndViewContainer container,
      NativeWebRequest request,
      @Nullable WebDataBinderFactory binders) {
    return page(
        Objects.requireNonNull(request.getNativeRequest(HttpServletRequest.class)),
        Objects.requireNonNull(request.getNativeResponse(HttpServletResponse.class)));
  }

  /** Returns what is known of the reader and the page, and remembers choices in cookies. */
  Page page(HttpServletRequest request, HttpServletResponse response) {
    Language language = language(request, response);
    String theme = cookie(request, THEME);
    if (cookie(request, USER) == null) {
      byte[] identity = new byte[12];
      random.nextBytes(identity);
      remember(response, USER, "web-" + HexFormat.of().formatHex(identity));
    }
    DomainPack domain = settings.domain();
    Map<String, String> titles = domain.title();
    return new Page(
        Words.of(language),
        theme != null && THEMES.contains(theme) ? theme : "system",
        titles.getOrDefault(language.code(), titles.getOrDefault("en", domain.name())),
        request.getRequestURI(),
        query(request),
        settings.secured(),
        Caller.known(request).map(caller -> caller.may(ApiKey.Role.ADMIN) && caller.overlooks()).orElse(false),
        Caller.known(request).map(caller -> caller.may(ApiKey.Role.WRITE)).orElse(false));
  }

  private static Language language(HttpServletRequest request, HttpServletResponse response) {
    String chosen = request.getParameter("lang");
    for (Language language : Language.values()) {
      if (language.code().equals(chosen)) {
        remember(response, LANGUAGE, language.code());
        return language;
      }
    }
    String kept = cookie(request, LANGUAGE);
    for (Language language : Language.values()) {
      if (language.code().equals(kept)) {
        return language;
      }
    }
    if (request.getHeader(HttpHeaders.ACCEPT_LANGUAGE) != null) {
      for (Locale locale : Collections.list(request.getLocales())) {
        for (Language language : Language.values()) {
          if (language.code().equals(locale.getLanguage())) {
            return language;
          }
        }
      }
    }
    return Language.ENGLISH;
  }

  private static String query(HttpServletRequest request) {
    String all = request.getQueryString();
    return all == null
        ? ""
        : Arrays.stream(all.split("&"))
            .filter(part -> !part.isEmpty() && !part.equals("lang") && !part.startsWith("lang="))
            .collect(Collectors.joining("&"));
  }

  private static @Nullable String cookie(HttpServletRequest request, String name) {
    Cookie[] cookies = request.getCookies();
    return cookies == null
        ? null
        : Arrays.stream(cookies)
            .filter(cookie -> cookie.getName().equals(name))
            .map(Cookie::getValue)
            .findFirst()
            .orElse(null);
  }

  private static void remember(HttpServletResponse response, String name, String value) {
    response.addHeader(
        HttpHeaders.SET_COOKIE,
        ResponseCookie.from(name, value).path("/").maxAge(LONG).sameSite("Lax").build().toString());
  }
}
