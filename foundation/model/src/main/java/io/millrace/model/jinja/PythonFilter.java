// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.jinja;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.filter.Filter;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Filters that the library has not, or in which it differs from Jinja as Transformers sets it up. */
final class PythonFilter implements Filter {
  /** What a filter does with a value, its arguments and its named arguments. */
  private interface Body {
    @Nullable Object apply(@Nullable Object value, Object[] arguments, Map<String, Object> named);
  }

  private final String name;
  private final Body body;

  private PythonFilter(String name, Body body) {
    this.name = name;
    this.body = body;
  }

  /** All of them. */
  static List<Filter> all() {
    return List.of(
        new PythonFilter("tojson", (value, arguments, named) -> json(value, arguments, named)),
        new PythonFilter("string", (value, _, _) -> PythonText.of(value)),
        new PythonFilter("trim", (value, arguments, _) -> PythonStrings.strip(
            value == null ? "" : PythonText.of(value), arguments.length == 0 ? null : String.valueOf(arguments[0]), true, true)),
        new PythonFilter("items", (value, _, _) -> value instanceof Map<?, ?> map ? PythonObjects.pairs(map) : List.of()));
  }

  /** Transformers' {@code tojson(ensure_ascii=False, indent=None, separators=None)}; texts are never made ASCII here. */
  private static String json(@Nullable Object value, Object[] arguments, Map<String, Object> named) {
    Set<String> unknown = new TreeSet<>(named.keySet());
    unknown.removeAll(Set.of("ensure_ascii", "indent", "separators"));
    if (arguments.length > 0 || !unknown.isEmpty() || Boolean.TRUE.equals(named.get("ensure_ascii"))) {
      throw new IllegalArgumentException("tojson takes indent and separators by their names here, not " + named);
    }
    return PythonJson.write(value, named.get("indent") instanceof Number indent ? indent.intValue() : -1,
        named.get("separators") instanceof List<?> separators ? separators : List.of());
  }

  @Override
  public @Nullable Object filter(
      @Nullable Object value, JinjavaInterpreter interpreter, Object[] arguments, Map<String, Object> named) {
    return body.apply(value, arguments, named);
  }

  @Override
  public @Nullable Object filter(@Nullable Object value, JinjavaInterpreter interpreter, String... arguments) {
    return body.apply(value, arguments, Map.of());
  }

  @Override
  public String getName() {
    return name;
  }
}
