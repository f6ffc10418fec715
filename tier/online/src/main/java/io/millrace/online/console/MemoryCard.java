// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.console;

import io.millrace.core.log.Eviction;
import io.millrace.memory.Growth;

import java.util.ArrayList;
import java.util.List;

/**
 * How large the memory is and may be, and what left it.
 *
 * @param bars what the budget limits
 * @param report figures
 * @param moves latest decisions, latest first
 */
public record MemoryCard(List<Bar> bars, Growth.Report report, List<Eviction> moves) {

  private static final int MOVES = 20;
  private static final long MEGABYTE = 1_000_000;

  /**
   * Something that is limited.
   *
   * @param name of its label
   * @param used in words
   * @param limit in words; empty for none
   * @param share of the limit, from 0; 0 without one
   */
  public record Bar(String name, String used, String limit, double share) {}

  static MemoryCard of(Growth growth, Page page) {
    Growth.Report report = growth.report();
    long documents = report.budget().documents();
    long bytes = report.budget().megabytes() * MEGABYTE;
    List<Bar> bars = new ArrayList<>();
    bars.add(bar("documents", page.number(report.documents()), page.number(documents), report.documents(), documents));
    bars.add(bar("bytes", page.bytes(report.bytes()), page.bytes(bytes), report.bytes(), bytes));
    return new MemoryCard(bars, report, growth.latest(MOVES));
  }

  private static Bar bar(String name, String used, String limit, long amount, long most) {
    return new Bar(name, used, most == 0 ? "" : limit, most == 0 ? 0 : (double) amount / most);
  }
}
