// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.console;

import io.millrace.core.log.Eviction;
import io.millrace.core.settings.VectorPrecision;
import io.millrace.memory.Growth;
import io.millrace.memory.IndexGenerations;
import io.millrace.memory.PassageIndex;
import io.millrace.memory.RegistryRerankers;
import io.millrace.memory.Reranker;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * How large the memory is and may be, and what left it.
 *
 * @param bars what the budget limits
 * @param report figures
 * @param vectors precision and sizes of embeddings, in words
 * @param embedders by which models passages are embedded, and the change to others that is under way, in words
 * @param rerankers which models read the best candidates; empty when none do
 * @param moves latest decisions, latest first
 */
public record MemoryCard(
    List<Bar> bars, Growth.Report report, String vectors, String embedders, String rerankers, List<Eviction> moves) {

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

  static MemoryCard of(Growth growth, IndexGenerations index, RegistryRerankers rerankers, Page page) {
    Growth.Report report = growth.report();
    long documents = report.budget().documents();
    long most = report.budget().megabytes() * MEGABYTE;
    List<Bar> bars = new ArrayList<>();
    bars.add(bar("documents", page.number(report.documents()), page.number(documents), report.documents(), documents));
    bars.add(bar("bytes", page.bytes(report.bytes()), page.bytes(most), report.bytes(), most));
    VectorPrecision precision = report.budget().vectors();
    PassageIndex.VectorBytes bytes = index.vectorBytes();
    String vectors =
        page.t(
            "status.memory.vectors.sizes", precision.text(), page.bytes(bytes.graph() + bytes.walked(precision)), page.bytes(bytes.exact()));
    String now = String.join(", ", index.models().values());
    String embedders =
        index.succession()
            .map(
                next ->
                    page.t(
                        "status.memory.embedders.next", now, String.join(", ", next.models().values()),
                        page.number(next.embedded()), page.number(next.of())))
            .orElse(now);
    String reading = rerankers.all().values().stream().map(Reranker::model).collect(Collectors.joining(", "));
    return new MemoryCard(bars, report, vectors, embedders, reading, growth.latest(MOVES));
  }

  private static Bar bar(String name, String used, String limit, long amount, long most) {
    return new Bar(name, used, most == 0 ? "" : limit, most == 0 ? 0 : (double) amount / most);
  }
}
