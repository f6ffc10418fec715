// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.core.spi.Reader;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The score above which a reader should answer: where most words are right on examples it was not trained on. Questions
 * with and without an answer weigh the same in all, whatever their shares: where it is used, most of the passages that
 * it reads do not answer.
 */
final class AnswerThreshold {
  private record Read(double score, double ifAnswered, double ifSilent) {}

  private AnswerThreshold() {}

  /** Finds it from what was read with threshold 0; 0 if there is nothing to learn from. */
  static double of(List<Reader.Span> spans, List<SpanExample> examples) {
    long answered = examples.stream().filter(SpanExample::answered).count();
    long unanswered = examples.size() - answered;
    List<Read> reads = new ArrayList<>();
    double silent = 0;
    for (int i = 0; i < examples.size(); i++) {
      SpanExample example = examples.get(i);
      Reader.Span span = spans.get(i);
      double weight = 1.0 / (example.answered() ? answered : unanswered);
      double ifSilent = weight * ReaderScore.f1("", example);
      silent += ifSilent;
      if (Double.isFinite(span.score())) {
        String words = example.passage().substring(span.start(), span.end());
        reads.add(new Read(span.score(), weight * ReaderScore.f1(words, example), ifSilent));
      }
    }
    reads.sort(Comparator.comparingDouble(Read::score).reversed());
    double best = silent;
    double threshold = reads.isEmpty() ? 0 : reads.getFirst().score();
    double right = silent;
    for (int i = 0; i < reads.size(); i++) {
      right += reads.get(i).ifAnswered() - reads.get(i).ifSilent();
      if (right > best) {
        best = right;
        double next = i + 1 < reads.size() ? reads.get(i + 1).score() : reads.get(i).score() - 1;
        threshold = (reads.get(i).score() + next) / 2;
      }
    }
    return threshold;
  }
}
