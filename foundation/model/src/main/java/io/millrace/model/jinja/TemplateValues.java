// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.jinja;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a template may be given: texts, numbers, truth values, and lists and maps of them, copied. */
final class TemplateValues {
  /**
   * Stands behind a text that reads "false" while a template is rendered: the library takes such a text for untrue, and
   * a message of that one word would be left out. It is no character of Unicode, so no text has a use for it.
   */
  private static final String NOT_FALSE = "\ufdd1";

  private TemplateValues() {}

  /**
   * The values, ready for the library.
   *
   * @throws IllegalArgumentException naming the class of a value that is of another kind
   */
  static Map<String, @Nullable Object> of(Map<String, ? extends @Nullable Object> variables) {
    Map<String, @Nullable Object> copy = new LinkedHashMap<>();
    TemplateFunctions.NAMES.forEach(name -> copy.put(name, true)); // templates ask whether these are defined
    variables.forEach((name, value) -> copy.put(name, of(value)));
    return copy;
  }

  private static @Nullable Object of(@Nullable Object value) {
    return switch (value) {
      case null -> null;
      case Boolean truth -> truth;
      case Integer number -> number.longValue();
      case Number number -> number;
      case CharSequence text -> text.toString().equalsIgnoreCase("false") ? text + NOT_FALSE : text.toString();
      case List<?> list -> {
        List<@Nullable Object> copy = new ArrayList<>(list.size());
        list.forEach(item -> copy.add(of(item)));
        yield copy;
      }
      case Map<?, ?> map -> {
        Map<String, @Nullable Object> copy = new LinkedHashMap<>();
        map.forEach((key, item) -> copy.put(String.valueOf(key), of(item)));
        yield copy;
      }
      default -> throw new IllegalArgumentException("a template cannot be given a " + value.getClass().getName());
    };
  }

  /** What was rendered, without the marks. */
  static String written(String text) {
    return text.replace(NOT_FALSE, "");
  }
}
