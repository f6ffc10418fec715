// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import java.util.Arrays;

/**
 * Proposes what followed the same few tokens the last time: answers often repeat what stands in their prompt (Saxena, Prompt
 * Lookup Decoding, 2023). Proposes less the more often it was wrong, and now and then tries again.
 */
final class PromptLookup implements Speculation {
  private static final int LONGEST_KEY = 3;
  private static final int SHORTEST_KEY = 2;

  private static final int PAUSE = 16;

  private final int most;
  private final double cost;
  private double tokens; // a step, of late
  private int pause;

  /**
   * Proposes for one sequence.
   *
   * @param most tokens at a time
   * @param cost how long a step with proposals takes beside one without
   */
  PromptLookup(int most, double cost) {
    this.most = most;
    this.cost = cost;
    tokens = cost + 0.5; // confident at first
  }

  @Override
  public int[] propose(int[] tokens, int size, int limit) {
    if (pause > 0) {
      pause--;
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
      tokens += 0.25 * (right + 1 - tokens);
      if (tokens < cost) {
        pause = PAUSE;
        tokens = cost + 0.25;
      }
    }
  }
}
