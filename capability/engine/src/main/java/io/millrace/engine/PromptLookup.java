// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import java.util.Arrays;

/**
 * Proposes what followed the same few tokens the last time: answers often repeat what stands in their prompt (Saxena, Prompt
 * Lookup Decoding, 2023). Pauses where it was wrong too often, and then tries again.
 */
final class PromptLookup implements Speculation {
  private static final int LONGEST_KEY = 3;
  private static final int SHORTEST_KEY = 2;

  /** Short, as looking costs nothing, and a text that repeats nothing so far may begin to. */
  private static final int LONGEST_PAUSE = 16;

  private final int most;
  private final double cost;
  private final Confidence confidence = new Confidence(LONGEST_PAUSE);

  /**
   * Proposes for one sequence.
   *
   * @param most tokens at a time
   * @param cost how long a step with proposals takes beside one without
   */
  PromptLookup(int most, double cost) {
    this.most = most;
    this.cost = cost;
  }

  @Override
  public int[] propose(int[] tokens, int size, int limit) {
    if (!confidence.proposes()) {
      return new int[0];
    }
    int room = Math.min(most, limit);
    for (int key = LONGEST_KEY; key >= SHORTEST_KEY && room > 0; key--) {
      for (int at = size - key - 1; at >= 0; at--) {
        if (Arrays.equals(tokens, at, at + key, tokens, size - key, size)) {
          return Arrays.copyOfRange(tokens, at + key, Math.min(at + key + room, size));
        }
      }
    }
    return new int[0];
  }

  @Override
  public void judge(int proposed, int right) {
    if (proposed > 0) {
      confidence.judge(right + 1, cost);
    }
  }
}
