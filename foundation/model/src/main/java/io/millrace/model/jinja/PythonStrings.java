// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.jinja;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;

/** The methods of Python's {@code str} that templates call; see Python's library reference, "String Methods". */
final class PythonStrings {
  private PythonStrings() {}

  /**
   * Calls a method.
   *
   * @throws UnsupportedOperationException naming it, when there is no such method here
   */
  static Object call(String self, String method, List<Object> arguments) {
    @Nullable String first = arguments.isEmpty() ? null : Objects.toString(arguments.getFirst(), null);
    return switch (method) {
      case "strip" -> strip(self, first, true, true);
      case "lstrip" -> strip(self, first, true, false);
      case "rstrip" -> strip(self, first, false, true);
      case "split" -> split(self, first, limit(arguments));
      case "rsplit" -> reversed(split(reversed(self), first == null ? null : reversed(first), limit(arguments)));
      case "splitlines" -> self.isEmpty() ? List.of() : List.of(self.split("\\R(?!\\z)|\\R\\z"));
      case "startswith" -> anyOf(arguments).stream().anyMatch(self::startsWith);
      case "endswith" -> anyOf(arguments).stream().anyMatch(self::endsWith);
      case "removeprefix" -> self.startsWith(text(first)) ? self.substring(text(first).length()) : self;
      case "removesuffix" -> self.endsWith(text(first)) ? self.substring(0, self.length() - text(first).length()) : self;
      case "upper" -> self.toUpperCase(Locale.ROOT);
      case "lower" -> self.toLowerCase(Locale.ROOT);
      case "title" -> titled(self);
      case "capitalize" -> self.isEmpty() ? self : self.substring(0, 1).toUpperCase(Locale.ROOT)
          + self.substring(1).toLowerCase(Locale.ROOT);
      case "replace" -> replace(self, text(first), text(Objects.toString(arguments.get(1), null)), arguments);
      case "find" -> (long) self.indexOf(text(first));
      case "rfind" -> (long) self.lastIndexOf(text(first));
      case "count" -> (long) split(self, text(first), -1).size() - 1;
      case "join" -> joined(self, arguments.getFirst());
      case "isdigit" -> !self.isEmpty() && self.codePoints().allMatch(Character::isDigit);
      case "isalpha" -> !self.isEmpty() && self.codePoints().allMatch(Character::isLetter);
      case "isspace" -> !self.isEmpty() && self.codePoints().allMatch(PythonStrings::isSpace);
      default -> throw new UnsupportedOperationException("texts have no method '" + method + "' here");
    };
  }

  /** Cuts characters off the ends: white space, or those of a set. */
  static String strip(String self, @Nullable String characters, boolean left, boolean right) {
    int from = 0;
    int to = self.length();
    while (left && from < to && cut(self.charAt(from), characters)) {
      from++;
    }
    while (right && to > from && cut(self.charAt(to - 1), characters)) {
      to--;
    }
    return self.substring(from, to);
  }

  private static boolean cut(char c, @Nullable String characters) {
    return characters == null ? isSpace(c) : characters.indexOf(c) >= 0;
  }

  /** Python counts no-break spaces and the next-line character too. */
  private static boolean isSpace(int c) {
    return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == 0x85;
  }

  private static List<String> split(String self, @Nullable String separator, int limit) {
    List<String> parts = new ArrayList<>();
    String rest = separator == null ? strip(self, null, true, false) : self;
    if (separator != null && separator.isEmpty()) {
      throw new IllegalArgumentException("split at an empty separator");
    }
    while (limit < 0 || parts.size() < limit) {
      int at = separator == null ? space(rest) : rest.indexOf(separator);
      if (at < 0) {
        break;
      }
      parts.add(rest.substring(0, at));
      rest = separator == null ? strip(rest.substring(at), null, true, false) : rest.substring(at + separator.length());
    }
    if (separator != null || !rest.isEmpty()) {
      parts.add(rest);
    }
    return parts;
  }

  private static int space(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (isSpace(text.charAt(i))) {
        return i;
      }
    }
    return -1;
  }

  private static int limit(List<Object> arguments) {
    return arguments.size() > 1 && arguments.get(1) instanceof Number number ? number.intValue() : -1;
  }

  private static String reversed(String text) {
    char[] turned = new char[text.length()];
    for (int i = 0; i < turned.length; i++) {
      turned[i] = text.charAt(turned.length - 1 - i);
    }
    return new String(turned);
  }

  private static List<String> reversed(List<String> parts) {
    return parts.reversed().stream().map(PythonStrings::reversed).toList();
  }

  /** One text, or several of which any will do. */
  private static List<String> anyOf(List<Object> arguments) {
    Object first = arguments.getFirst();
    return first instanceof List<?> several ? several.stream().map(Objects::toString).toList()
        : Arrays.asList(text(Objects.toString(first, null)));
  }

  private static String replace(String self, String old, String with, List<Object> arguments) {
    if (arguments.size() < 3) {
      return self.replace(old, with);
    }
    return String.join(with, split(self, old, ((Number) arguments.get(2)).intValue()));
  }

  private static String joined(String self, Object parts) {
    return ((List<?>) parts).stream().map(Objects::toString).collect(Collectors.joining(self));
  }

  private static String titled(String self) {
    StringBuilder titled = new StringBuilder();
    boolean within = false;
    for (char c : self.toCharArray()) {
      titled.append(within ? Character.toLowerCase(c) : Character.toUpperCase(c));
      within = Character.isLetter(c);
    }
    return titled.toString();
  }

  private static String text(@Nullable String argument) {
    if (argument == null) {
      throw new IllegalArgumentException("an argument is missing");
    }
    return argument;
  }
}
