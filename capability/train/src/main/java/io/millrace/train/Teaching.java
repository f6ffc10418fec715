// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import java.util.Arrays;
import java.util.List;

/**
 * What a small cross-encoder learns from a large one, beside which text is right: how near the others are to it, and where a text that nobody
 * marked answers as well (Hinton, Vinyals and Dean 2015).
 *
 * @param name of the teacher; a run with another one does not continue
 * @param teacher is asked once for each query's texts
 * @param share that its opinion has in what is wanted, in [0, 1]; the right text has the rest
 * @param temperature of its opinion, the softmax of its scores over a query's texts; above 1 shows more of what it holds unlikely
 */
public record Teaching(String name, Teacher teacher, double share, double temperature) {
  /** A larger model. */
  @FunctionalInterface
  public interface Teacher {
    /** The relevance of each text to the query, as log-odds. */
    double[] scores(String query, List<String> texts);
  }

  /** Nobody teaches. */
  public static final Teaching NONE = new Teaching("none", (_, texts) -> new double[texts.size()], 0, 1);

  /** Checks the ranges. */
  public Teaching {
    if (!(share >= 0 && share <= 1 && temperature > 0)) {
      throw new IllegalArgumentException("share " + share + " must be in [0, 1], temperature " + temperature + " positive");
    }
  }

  /** Which text is wanted, as probabilities; without a teacher the first, which is the right one. */
  double[] wanted(String query, List<String> texts) {
    double[] wanted = new double[texts.size()];
    if (share > 0) {
      double[] scores = teacher.scores(query, texts);
      double most = Arrays.stream(scores).max().orElse(0);
      double sum = 0;
      for (int i = 0; i < wanted.length; i++) {
        wanted[i] = Math.exp((scores[i] - most) / temperature);
        sum += wanted[i];
      }
      for (int i = 0; i < wanted.length; i++) {
        wanted[i] *= share / sum;
      }
    }
    wanted[0] += 1 - share;
    return wanted;
  }

  /** What tells a run from one with another teacher; nothing for one without, as before there were teachers. */
  String identity() {
    return share == 0 ? "" : ", taught by %s, share %s, temperature %s".formatted(name, share, temperature);
  }
}
