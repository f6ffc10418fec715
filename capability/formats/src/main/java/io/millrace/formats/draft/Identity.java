// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.draft;

import java.util.Locale;
import java.util.Set;

/** Identities and anchors made of names that people gave. */
public final class Identity {

  /** An identity has at most 512 characters; this leaves room for parts and attachments. */
  private static final int LONGEST = 200;

  /** Files whose identity never had their extension: links and indexes know them so. */
  private static final Set<String> PLAIN = Set.of("html", "htm", "md", "markdown", "txt");

  private Identity() {}

  /** Letters, digits and {@code . _ - /} stay, in any script; all else becomes a hyphen. */
  public static String of(String text) {
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      out.append(Character.isLetterOrDigit(c) || "_-/.".indexOf(c) >= 0 ? c : '-');
    }
    String plain = out.toString().replace("..", ".-").replaceAll("/{2,}", "/").replaceAll("^/|/$", "");
    return plain.length() <= LONGEST
        ? plain
        : plain.substring(0, LONGEST - 9) + "-" + Integer.toHexString(text.hashCode());
  }

  /** Returns the identity of a file: pages of HTML, Markdown and text go without their extension. */
  public static String ofFile(String name) {
    return of(PLAIN.contains(extension(name)) ? stem(name) : name);
  }

  /** Returns the part of a name behind its last dot, in lower case; empty where there is none. */
  public static String extension(String name) {
    String last = name.substring(name.lastIndexOf('/') + 1);
    int dot = last.lastIndexOf('.');
    return dot < 0 ? "" : last.substring(dot + 1).toLowerCase(Locale.ROOT);
  }

  /** Returns a name without its extension. */
  public static String stem(String name) {
    int dot = name.lastIndexOf('.');
    return dot <= name.lastIndexOf('/') + 1 ? name : name.substring(0, dot);
  }
}
