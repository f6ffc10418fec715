// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.security;

import io.millrace.online.GatewaySettings;
import io.millrace.online.http.Refusal;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;
import org.springframework.web.filter.OncePerRequestFilter;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Keeps foreign web pages away from the gateway: a page whose name was rebound to this machine's address is known by
 * its Host header, and a page that posts across sites by its Origin and Sec-Fetch-Site headers.
 */
public final class HostFilter extends OncePerRequestFilter {

  private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS");
  private static final Pattern LOOPBACK =
      Pattern.compile("localhost|[a-z0-9-]+\\.localhost|127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}|\\[::1]");

  private final GatewaySettings settings;
  private final Set<String> allowed;

  public HostFilter(GatewaySettings settings) {
    this.settings = settings;
    this.allowed = settings.hosts().stream().map(host -> host.toLowerCase(Locale.ROOT)).collect(Collectors.toSet());
  }

  @Override
  protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    String host = request.getHeader("Host");
    if (!known(name(host))) {
      throw Refusal.forbidden(
          "unknown_host",
          "this gateway does not answer to the host name '" + clip(host) + "': use 127.0.0.1 or localhost, or add "
              + "the name to gateway.hosts in " + GatewaySettings.FILE);
    }
    String origin = request.getHeader("Origin");
    boolean foreign =
        origin != null ? !sameSite(origin, host) : "cross-site".equals(request.getHeader("Sec-Fetch-Site"));
    if (foreign && (!SAFE.contains(request.getMethod()) || PlainPath.of(request).startsWith("/v1/"))) {
      throw Refusal.forbidden(
          "foreign_origin", "requests from pages of other sites (here '" + clip(origin) + "') are not accepted");
    }
    chain.doFilter(request, response);
  }

  /** A gateway for other machines that names no hosts answers to any: its clients are known by their keys. */
  private boolean known(String name) {
    return LOOPBACK.matcher(name).matches()
        || allowed.contains(name)
        || name.equals(settings.host().toLowerCase(Locale.ROOT))
        || (!settings.local() && allowed.isEmpty());
  }

  private boolean sameSite(String origin, @Nullable String host) {
    try {
      URI uri = new URI(origin);
      String authority = uri.getAuthority();
      return authority != null
          && (authority.equalsIgnoreCase(host) || allowed.contains(name(authority)));
    } catch (URISyntaxException e) {
      return false;
    }
  }

  /** Returns a Host header's name without its port. */
  private static String name(@Nullable String host) {
    if (host == null) {
      return "";
    }
    int colon = host.lastIndexOf(':');
    boolean port = colon > host.lastIndexOf(']') && colon >= 0;
    return (port ? host.substring(0, colon) : host).toLowerCase(Locale.ROOT);
  }

  private static String clip(@Nullable String text) {
    String shown = text == null ? "" : text;
    return shown.length() <= 100 ? shown : shown.substring(0, 100) + "…";
  }
}
