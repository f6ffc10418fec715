// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks;

import java.util.List;

/** Something that can be measured: {@code millrace bench <name>}. {@link Benches} lists them. */
public interface Bench {
  /** What the command calls it: one lower-case word. */
  String name();

  /** What it measures and against what, for people, in one line. */
  String purpose();

  /** What it can be measured against: names for {@code --against}. */
  default List<String> peers() {
    return List.of();
  }

  /** Whether it measures a domain, which {@link BenchRun#domain()} then names. */
  default boolean takesDomain() {
    return false;
  }

  /**
   * Measures, and reports each figure to {@code run} as soon as it is known.
   *
   * @param run says whether to be quick: within 5 minutes on two cores; and against which of the peers
   * @throws InterruptedException when somebody stopped it
   * @throws Exception when it cannot be measured here, saying why
   */
  void measure(BenchRun run) throws Exception;
}
