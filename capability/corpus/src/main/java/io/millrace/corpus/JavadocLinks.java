// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

import org.jspecify.annotations.Nullable;

import java.io.Serializable;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/** Finds out which document, here or in another library of the domain, a link of a page points to. */
final class JavadocLinks implements Serializable {

  private static final long serialVersionUID = 1L;

  private final JavadocIndex index;
  private final Map<String, String> domain;

  /**
   * Links of one jar.
   *
   * @param domain identities by {@code org/example/Name} for all libraries
   */
  JavadocLinks(JavadocIndex index, Map<String, String> domain) {
    this.index = index;
    this.domain = domain;
  }

  /**
   * Follows a link.
   *
   * @param entry the page that holds it
   * @return the identity of a document, else an absolute address, else null for what is neither
   */
  @Nullable String target(String entry, String href) {
    String path = href;
    int cut = indexOfAny(path, '#', '?');
    if (cut >= 0) {
      path = path.substring(0, cut);
    }
    if (path.isEmpty()) {
      return null;
    }
    if (path.startsWith("http://") || path.startsWith("https://")) {
      return external(path, href);
    }
    if (!path.endsWith(".html") || path.indexOf(':') >= 0) {
      return null;
    }
    return index.id(resolve(entry, path));
  }

  private @Nullable String external(String path, String href) {
    if (path.endsWith(".html")) {
      String name = path.substring(0, path.length() - ".html".length());
      for (int slash = name.indexOf('/', "https://".length()); slash >= 0; slash = name.indexOf('/', slash + 1)) {
        String id = domain.get(name.substring(slash + 1));
        if (id != null) {
          return id;
        }
      }
    }
    int fragment = href.indexOf('#');
    String address = (fragment < 0 ? href : href.substring(0, fragment)).replace("?is-external=true", "");
    try {
      return new URI(address).getHost() == null ? null : address;
    } catch (URISyntaxException e) {
      return null;
    }
  }

  private static String resolve(String entry, String path) {
    Deque<String> parts = new ArrayDeque<>();
    int slash = entry.lastIndexOf('/');
    if (slash >= 0) {
      parts.addAll(List.of(entry.substring(0, slash).split("/")));
    }
    for (String part : path.split("/")) {
      if (part.equals("..")) {
        parts.pollLast();
      } else if (!part.equals(".") && !part.isEmpty()) {
        parts.addLast(part);
      }
    }
    return String.join("/", parts);
  }

  private static int indexOfAny(String text, char a, char b) {
    int i = text.indexOf(a);
    int j = text.indexOf(b);
    return i < 0 ? j : j < 0 ? i : Math.min(i, j);
  }
}
