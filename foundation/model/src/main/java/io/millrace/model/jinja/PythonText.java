// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.jinja;

import org.jspecify.annotations.Nullable;

import java.util.Iterator;
import java.util.Map;

/** Values as Python's {@code str} shows them: {@code True}, {@code None}, {@code ['a', 1]}. */
final class PythonText {
  private PythonText() {}

  /** As {@code str(value)}. */
  static String of(@Nullable Object value) {
    return value instanceof CharSequence text ? text.toString() : quoted(value);
  }

  private static String quoted(@Nullable Object value) {
    return switch (value) {
      case null -> "None";
      case Boolean truth -> truth ? "True" : "False";
      case Double number -> number == Math.rint(number) && Math.abs(number) < 1e16
          ? "%.1f".formatted(number) : number.toString().replace("E-", "e-").replace("E", "e+");
      case Map<?, ?> map -> list('{', '}', map.entrySet());
      case Map.Entry<?, ?> entry -> quoted(entry.getKey()) + ": " + quoted(entry.getValue());
      case Iterable<?> items -> list('[', ']', items);
      case CharSequence text -> quote(text.toString());
      default -> value.toString();
    };
  }

  private static String list(char open, char close, Iterable<?> items) {
    StringBuilder out = new StringBuilder().append(open);
    for (Iterator<?> left = items.iterator(); left.hasNext(); ) {
      out.append(quoted(left.next())).append(left.hasNext() ? ", " : "");
    }
    return out.append(close).toString();
  }

  private static String quote(String text) {
    char mark = text.contains("'") && !text.contains("\"") ? '"' : '\'';
    return mark + text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
        .replace(mark == '\'' ? "'" : "\0", mark == '\'' ? "\\'" : "\0") + mark;
  }
}
