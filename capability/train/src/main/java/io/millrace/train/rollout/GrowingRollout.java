// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.rollout;

import java.util.Arrays;
import java.util.Set;
import java.util.SplittableRandom;

/** A rollout while its tokens are drawn. */
final class GrowingRollout {
  private final int[] prompt;
  private final SplittableRandom random;
  private final Set<Integer> ends;
  private final int[] answer;
  private final double[] logProbs;
  private int length;
  private boolean finished;

  GrowingRollout(Policy.Request request, Sampling sampling) {
    this.prompt = request.prompt();
    this.random = new SplittableRandom(request.seed());
    this.ends = Set.copyOf(sampling.ends());
    this.answer = new int[sampling.maxTokens()];
    this.logProbs = new double[sampling.maxTokens()];
  }

  /** Draws the next token from a row of log-probabilities, unless this has ended. */
  void draw(TokenDraw draw, double[] distribution, int from, int vocabulary) {
    if (!ended()) {
      int token = draw.from(distribution, from, vocabulary, random);
      answer[length] = token;
      logProbs[length++] = distribution[from + token];
      finished = ends.contains(token);
    }
  }

  boolean ended() {
    return finished || length == answer.length;
  }

  int[] prompt() {
    return prompt;
  }

  int last() {
    return answer[length - 1];
  }

  Rollout rollout() {
    return new Rollout(prompt, Arrays.copyOf(answer, length), Arrays.copyOf(logProbs, length), finished);
  }
}
