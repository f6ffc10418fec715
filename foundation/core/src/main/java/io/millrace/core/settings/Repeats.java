// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.settings;

import com.fasterxml.jackson.annotation.JsonCreator;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** What becomes of documents that nearly repeat another one in memory for the same readers. */
public enum Repeats {
  /** All stay in memory; searches show one and name the others beside it. What little they differ in is found. */
  KEEP,
  /** One stays in memory and stands for the others, which are in the archive for as long as it does. */
  MERGE;

  /**
   * Returns what a name as settings have it stands for.
   *
   * @throws IllegalArgumentException when it stands for nothing, with the names that do
   */
  @JsonCreator
  public static Repeats ofName(String name) {
    return Arrays.stream(values()).filter(each -> each.text().equals(name)).findFirst()
        .orElseThrow(() -> new IllegalArgumentException(
            "budgets.memory.repeats '" + name + "': use "
                + Arrays.stream(values()).map(Repeats::text).collect(Collectors.joining(" or "))));
  }

  /** Returns the name as settings have it, such as {@code merge}. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
