// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks;

import org.jspecify.annotations.Nullable;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Reruns what published scores came from, each command once, and compares. */
public final class Verification {
  /** What came of one score. */
  public enum Verdict {
    /** Within its tolerance. */
    HOLDS,
    /** Outside its tolerance, or the command gave no such row. */
    FAILS,
    /** Not measured: its data set is not here. */
    SKIPPED
  }

  /**
   * One score, compared.
   *
   * @param found what the rerun gave; null if it gave no such row or did not run
   */
  public record Comparison(Expectation expectation, Expectation.Score score, @Nullable Double found, Verdict verdict) {
    @Override
    public String toString() {
      String seen = found == null ? (verdict == Verdict.SKIPPED ? "data set " + expectation.dataset() + " is not here" : "no such row")
          : "found " + Figures.of(found);
      return "%-7s %s %s %s: expected %s ± %s, %s".formatted(verdict, expectation.command(), score.subject(), score.metric(),
          Figures.of(score.expected()), Figures.of(score.tolerance()), seen);
    }
  }

  /** Runs a bench. */
  @FunctionalInterface
  interface Runner {
    List<Row> run(String bench, @Nullable String against, boolean quick) throws Exception;
  }

  private final Path data;
  private final Runner runner;

  /**
   * A verification that runs the benches of {@link Benches}.
   *
   * @param data the folder of public data sets, see {@link PublicData}
   * @param domain for benches that measure one: the default domain
   * @param progress takes lines for people
   */
  public Verification(Path data, DomainPlace domain, Consumer<String> progress) {
    this(data, (name, against, quick) -> {
      BenchRun run = new BenchRun(data, quick, against, domain, progress);
      Benches.named(name).measure(run);
      return run.rows();
    });
  }

  Verification(Path data, Runner runner) {
    this.data = data;
    this.runner = runner;
  }

  /** Compares every score of every expectation. */
  public List<Comparison> of(List<Expectation> expectations) throws Exception {
    Map<String, List<Row>> ran = new LinkedHashMap<>();
    List<Comparison> comparisons = new ArrayList<>();
    for (Expectation expectation : expectations) {
      boolean here = expectation.dataset() == null || Files.isDirectory(data.resolve(expectation.dataset()));
      if (here && !ran.containsKey(expectation.command())) {
        ran.put(expectation.command(), runner.run(expectation.bench(), expectation.against(), expectation.quick()));
      }
      for (Expectation.Score score : expectation.scores()) {
        comparisons.add(here
            ? compare(expectation, score, ran.getOrDefault(expectation.command(), List.of()))
            : new Comparison(expectation, score, null, Verdict.SKIPPED));
      }
    }
    return comparisons;
  }

  private static Comparison compare(Expectation expectation, Expectation.Score score, List<Row> rows) {
    Double found = rows.stream().filter(score::names).findFirst()
        .map(row -> score.field() == Expectation.Field.RATIO ? row.ratio() : (Double) row.value()).orElse(null);
    boolean holds = found != null && Math.abs(found - score.expected()) <= score.tolerance();
    return new Comparison(expectation, score, found, holds ? Verdict.HOLDS : Verdict.FAILS);
  }
}
