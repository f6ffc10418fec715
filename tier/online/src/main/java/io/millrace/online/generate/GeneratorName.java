// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.generate;

import java.util.List;
import java.util.Optional;

/**
 * A language model as clients name it where they want nothing but the model.
 *
 * @param upstream whether another server's is wanted and no other
 * @param adapter of the model's adapters, the one to answer with; empty for the model itself
 */
public record GeneratorName(boolean upstream, String adapter) {

  /** The domain's language model. */
  public static final String GENERATOR = "millrace-generator";

  /** Another server's. */
  public static final String UPSTREAM = "millrace-generator-upstream";

  private static final String ADAPTER = GENERATOR + ":";

  /** Returns the model of a name. */
  public static Optional<GeneratorName> of(String model) {
    if (model.equals(GENERATOR)) {
      return Optional.of(new GeneratorName(false, ""));
    }
    if (model.equals(UPSTREAM)) {
      return Optional.of(new GeneratorName(true, ""));
    }
    return model.startsWith(ADAPTER) && model.length() > ADAPTER.length()
        ? Optional.of(new GeneratorName(false, model.substring(ADAPTER.length())))
        : Optional.empty();
  }

  /** Returns the names that are known beforehand. */
  public static List<String> names() {
    return List.of(GENERATOR, ADAPTER + "ADAPTER", UPSTREAM);
  }

  /** Returns the name that clients use. */
  public String model() {
    return upstream ? UPSTREAM : adapter.isEmpty() ? GENERATOR : ADAPTER + adapter;
  }
}
