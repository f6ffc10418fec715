// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.console;

import org.jspecify.annotations.Nullable;
import org.springframework.web.util.UriUtils;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Addresses that pages link to. */
public final class Addresses {

  private Addresses() {}

  /** Returns the console's page of a document, at an anchor if it is not empty. */
  public static String document(String id, String anchor) {
    String page = "/documents/" + UriUtils.encodePath(id, StandardCharsets.UTF_8).replace(";", "%3B");
    return anchor.isEmpty() ? page : page + "#" + UriUtils.encodeFragment(anchor, StandardCharsets.UTF_8);
  }

  /** Returns the console's page of an artifact's version, given as {@code name@version} or as a name alone. */
  public static String artifact(String reference) {
    int at = reference.lastIndexOf('@');
    String name = at < 0 ? reference : reference.substring(0, at);
    String page = "/models/" + UriUtils.encodePath(name, StandardCharsets.UTF_8);
    return at < 0 ? page : page + "?version=" + UriUtils.encode(reference.substring(at + 1), StandardCharsets.UTF_8);
  }

  /** Returns the console's page that asks a question. */
  public static String ask(String question) {
    return "/?q=" + UriUtils.encode(question, StandardCharsets.UTF_8);
  }

  /** Returns an address from content if it leads to a web page, and null if it might do anything else. */
  public static @Nullable String outside(@Nullable String address) {
    if (address == null) {
      return null;
    }
    try {
      String scheme = new URI(address).getScheme();
      String lower = scheme == null ? "" : scheme.toLowerCase(Locale.ROOT);
      return lower.equals("https") || lower.equals("http") ? address : null;
    } catch (URISyntaxException e) {
      return null;
    }
  }
}
