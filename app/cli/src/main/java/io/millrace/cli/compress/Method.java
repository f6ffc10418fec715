// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.compress;

import io.millrace.compress.Recipe;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** How a decoder is made smaller. */
enum Method {
  INT8(Recipe.INT8),
  INT8_ROW(Recipe.INT8_ROW),
  INT4(Recipe.INT4),
  INT4_GPTQ(Recipe.INT4_GPTQ),
  PRUNE(null);

  /** Null where it is not quantised. */
  final @Nullable Recipe recipe;

  Method(@Nullable Recipe recipe) {
    this.recipe = recipe;
  }

  /** Whether texts are needed for more than measuring. */
  boolean calibrates() {
    return this == INT4_GPTQ || this == PRUNE;
  }

  /** As it is written on the command line, such as {@code int8-row}. */
  String written() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Reads what is written on the command line. */
  static final class Written implements CommandLine.ITypeConverter<Method> {
    @Override
    public Method convert(String value) {
      return Arrays.stream(values()).filter(method -> method.written().equals(value.toLowerCase(Locale.ROOT))).findFirst()
          .orElseThrow(() -> new CommandLine.TypeConversionException("no method '" + value + "': choose "
              + Arrays.stream(values()).map(Method::written).collect(Collectors.joining(", "))));
    }
  }
}
