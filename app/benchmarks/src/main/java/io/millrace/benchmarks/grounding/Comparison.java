// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.grounding;

import io.millrace.benchmarks.BenchRun;
import io.millrace.benchmarks.Row;
import io.millrace.core.spi.Guard.Bearing;
import io.millrace.core.spi.Guard.Support;
import io.millrace.guard.BinaryScores;
import io.millrace.guard.grounding.GroundingScorer;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.List;

/** The scorer on one set of statements, beside simple ways. */
final class Comparison {

  /** What a sentence may cost on the path of an answer. */
  private static final double MILLIS = 5;

  private Comparison() {}

  static void measure(String subject, List<Statement> statements, GroundingScorer scorer, List<Peer> peers, BenchRun run) {
    long truths = statements.stream().filter(Statement::truth).count();
    run.say("%s: %,d statements, %,d of them true".formatted(subject, statements.size(), truths));
    // Processor time: other work on the machine is none of the scorer's.
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long begin = threads.getCurrentThreadCpuTime();
    List<Support> supports = statements.stream()
        .map(each -> scorer.support(each.question(), each.sentence(), each.evidence())).toList();
    double millis = (threads.getCurrentThreadCpuTime() - begin) / 1e6 / statements.size();
    double[] scores = supports.stream().mapToDouble(Support::score).toArray();
    double auc = auc(statements, scores);
    int right = 0;
    for (int i = 0; i < scores.length; i++) {
      right += (supports.get(i).bearing() == Bearing.SUPPORTED) == statements.get(i).truth() ? 1 : 0;
    }
    // The verdict as it is shown, its limits having been chosen on other pages.
    run.add(Row.alone(subject, "accuracy of the verdict", (double) right / statements.size(), "share"));
    double best = best(statements, scores);
    for (Peer peer : peers) {
      double[] theirs = statements.stream().mapToDouble(peer::score).toArray();
      run.add(Row.against(subject, "AUC beside " + peer.name(), auc, "", peer.name(), auc(statements, theirs)));
      run.add(Row.against(
          subject, "accuracy beside " + peer.name() + ", each at its best limit", best, "share", peer.name(), best(statements, theirs)));
    }
    run.add(Row.against(subject, "processor time a sentence", millis, "ms", "what an answer can spare", MILLIS));
  }

  static double auc(List<Statement> statements, double[] scores) {
    return BinaryScores.auc(of(statements, scores, true), of(statements, scores, false));
  }

  private static double[] of(List<Statement> statements, double[] scores, boolean truth) {
    double[] some = new double[scores.length];
    int count = 0;
    for (int i = 0; i < scores.length; i++) {
      if (statements.get(i).truth() == truth) {
        some[count++] = scores[i];
      }
    }
    return Arrays.copyOf(some, count);
  }

  /** The accuracy at the limit that suits these statements best. */
  static double best(List<Statement> statements, double[] scores) {
    double best = 0;
    for (double limit : scores) {
      int right = 0;
      for (int i = 0; i < scores.length; i++) {
        right += scores[i] >= limit == statements.get(i).truth() ? 1 : 0;
      }
      best = Math.max(best, (double) right / scores.length);
    }
    return best;
  }
}
