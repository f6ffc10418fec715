// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.console;

import io.millrace.core.document.Language;
import io.millrace.core.log.Eviction;
import io.millrace.core.settings.VectorPrecision;
import io.millrace.memory.Growth;
import io.millrace.memory.IndexGenerations;
import io.millrace.memory.PassageIndex;
import io.millrace.memory.RegistryRerankers;
import io.millrace.memory.Reranker;
import io.millrace.memory.learning.WeightLearning;

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
 * @param rankings what evidence weighs, by language and aim, in words
 * @param moves latest decisions, latest first
 */
public record MemoryCard(
    List<Bar> bars,
    Growth.Report report,
    String vectors,
    String embedders,
    String rerankers,
    List<Ranks> rankings,
    List<Eviction> moves) {

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

  /**
   * What evidence weighs for one language and aim.
   *
   * @param purpose both
   * @param weights by kind
   * @param origin constants, or which version, since when, from how many preferences
   * @param learning how far the next attempt is, and what became of the last one
   */
  public record Ranks(String purpose, String weights, String origin, String learning) {

    static Ranks of(WeightLearning.Report report, boolean learns, Page page) {
      String purpose = page.t("language." + report.language()) + ", " + page.t("status.memory.aim." + report.aim());
      String weights =
          report.weights().entrySet().stream()
              .map(each -> page.words().getOr("js.retriever." + each.getKey(), each.getKey()) + " " + page.score(each.getValue()))
              .collect(Collectors.joining(", "));
      WeightLearning.InUse learned = report.learned();
      String origin =
          learned == null
              ? page.t("status.memory.weights.constants")
              : page.t(
                  "status.memory.weights.learned", learned.version(), page.time(learned.since()),
                  page.number(Math.round(learned.preferences())));
      return new Ranks(purpose, weights, origin, learns ? learning(report, page) : page.t("status.memory.weights.off"));
    }

    private static String learning(WeightLearning.Report report, Page page) {
      WeightLearning.Waiting waiting = report.waiting();
      String next =
          page.t(
              "status.memory.weights.waiting", page.number(Math.round(waiting.learning())), page.number(Math.round(waiting.deciding())),
              page.number(waiting.needed()));
      WeightLearning.Attempt latest = report.latest();
      return latest == null || latest.taken()
          ? next
          : page.t("status.memory.weights.refused", latest.version(), page.time(latest.at()), latest.outcome()) + " " + next;
    }
  }

  static MemoryCard of(
      Growth growth,
      IndexGenerations index,
      RegistryRerankers rerankers,
      WeightLearning learning,
      List<Language> spoken,
      Page page) {
    Growth.Report report = growth.report();
    long documents = report.budget().documents();
    long most = report.budget().megabytes() * MEGABYTE;
    List<Bar> bars = new ArrayList<>();
    bars.add(bar("documents", page.number(report.documents()), page.number(documents), report.documents(), documents));
    bars.add(bar("bytes", page.bytes(report.bytes()), page.bytes(most), report.bytes(), most));
    long mostVectors = report.budget().vectorMegabytes() * MEGABYTE;
    bars.add(bar("vectorBytes", page.bytes(report.vectorBytes()), page.bytes(mostVectors), report.vectorBytes(), mostVectors));
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
    List<String> languages = spoken.stream().map(Language::code).toList();
    List<Ranks> rankings =
        learning.report().stream()
            .filter(each -> languages.contains(each.language()))
            .map(each -> Ranks.of(each, learning.learns(), page))
            .toList();
    return new MemoryCard(bars, report, vectors, embedders, reading, rankings, growth.latest(MOVES));
  }

  private static Bar bar(String name, String used, String limit, long amount, long most) {
    return new Bar(name, used, most == 0 ? "" : limit, most == 0 ? 0 : (double) amount / most);
  }
}
