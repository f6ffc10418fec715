// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks;

import java.nio.file.Path;

/** Where public data sets lie: {@code MILLRACE_DATA}, else {@code shared/data} beside the checkout. */
public final class PublicData {
  private PublicData() {}

  /** The folder, which need not exist. */
  public static Path folder() {
    String given = System.getenv("MILLRACE_DATA");
    if (given != null && !given.isBlank()) {
      return Path.of(given);
    }
    String root = System.getenv("MILLRACE_ROOT");
    return (root == null ? Path.of("").toAbsolutePath() : Path.of(root)).resolveSibling("shared").resolve("data");
  }
}
