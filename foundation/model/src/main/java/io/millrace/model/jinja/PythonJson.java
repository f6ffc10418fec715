// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.jinja;

import org.jspecify.annotations.Nullable;

import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * Values as Python's {@code json.dumps(value, ensure_ascii=False)} writes them, blanks included: models have learnt
 * tools in exactly this form.
 */
public final class PythonJson {
  private final StringBuilder out = new StringBuilder();
  private final int indent;
  private final String afterItem;
  private final String afterKey;

  private PythonJson(int indent, String afterItem, String afterKey) {
    this.indent = indent;
    this.afterItem = afterItem;
    this.afterKey = afterKey;
  }

  /** Writes a value on one line: texts, numbers, truth values, and lists and maps of them; null for Python's None. */
  public static String write(@Nullable Object value) {
    return write(value, -1, List.of());
  }

  /**
   * Writes a value.
   *
   * @param indent blanks a level; negative for one line
   * @param separators what stands after an item and after a key, if not the usual
   */
  static String write(@Nullable Object value, int indent, List<?> separators) {
    boolean usual = separators.size() != 2;
    PythonJson json = new PythonJson(indent, usual ? indent < 0 ? ", " : "," : String.valueOf(separators.getFirst()),
        usual ? ": " : String.valueOf(separators.getLast()));
    json.value(value, 1);
    return json.out.toString();
  }

  private void value(@Nullable Object value, int depth) {
    switch (value) {
      case null -> out.append("null");
      case Map<?, ?> map -> list('{', '}', map.entrySet(), depth);
      case Map.Entry<?, ?> entry -> {
        string(String.valueOf(entry.getKey()));
        out.append(afterKey);
        value(entry.getValue(), depth);
      }
      case Iterable<?> items -> list('[', ']', items, depth);
      case Boolean truth -> out.append(truth);
      case Double number -> out.append(PythonText.of(number));
      case Number number -> out.append(number);
      default -> string(value.toString());
    }
  }

  private void list(char open, char close, Iterable<?> items, int depth) {
    out.append(open);
    Iterator<?> left = items.iterator();
    boolean any = left.hasNext();
    while (left.hasNext()) {
      line(depth);
      value(left.next(), depth + 1);
      if (left.hasNext()) {
        out.append(afterItem);
      }
    }
    if (any) {
      line(depth - 1);
    }
    out.append(close);
  }

  private void line(int depth) {
    if (indent >= 0) {
      out.append('\n').repeat(' ', indent * depth);
    }
  }

  private void string(String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        default -> {
          if (c < ' ') {
            out.append("\\u%04x".formatted((int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
