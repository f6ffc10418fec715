// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.jinja;

import com.hubspot.jinjava.objects.date.StrftimeFormatter;
import org.jspecify.annotations.Nullable;

import java.time.ZonedDateTime;
import java.util.List;
import java.util.Optional;

/** Functions that templates may call; public since the library calls them by reflection. */
public final class TemplateFunctions {
  /** What they are called in templates. */
  static final List<String> NAMES = List.of("raise_exception", "strftime_now");

  private TemplateFunctions() {}

  /** What a template says against its variables, such as a role that the model does not know. */
  private static final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Refusal(String message) {
      super(message);
    }
  }

  /** {@code raise_exception(message)}: ends the rendering. */
  public static Object raise(@Nullable Object message) {
    throw new Refusal(String.valueOf(message));
  }

  /** {@code strftime_now(format)}: the present date and time in Python's format codes. */
  public static Object now(@Nullable Object format) {
    return StrftimeFormatter.format(ZonedDateTime.now(), String.valueOf(format));
  }

  /** The message of {@code raise_exception}, if it is what ended the rendering. */
  static Optional<String> raised(@Nullable Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof Refusal) {
        return Optional.of("the template refuses: " + cause.getMessage());
      }
    }
    return Optional.empty();
  }
}
