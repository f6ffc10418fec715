// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

/**
 * Whether proposals pay: how many tokens steps with proposals wrote of late, measured by how many steps without could have
 * been made in that time. Where that is less than one, it pauses, each time longer, and then tries again. For one thread.
 */
final class Confidence {
  private static final int SHORTEST_PAUSE = 16;

  private static final double FIRST = 1.35; // three useless proposals in a row, and it pauses
  private static final double AGAIN = 1.15; // two
  private static final double WEIGHT = 0.25;

  private final int longestPause;
  private double gain = FIRST;
  private int pause; // opportunities that are still let pass
  private int nextPause;

  /**
   * Confident at first.
   *
   * @param longestPause in opportunities to propose
   */
  Confidence(int longestPause) {
    this.longestPause = longestPause;
    nextPause = Math.min(SHORTEST_PAUSE, longestPause);
  }

  /** Whether to propose at this opportunity. */
  boolean proposes() {
    if (pause > 0) {
      pause--;
      return false;
    }
    return true;
  }

  /**
   * Says what came of a proposal.
   *
   * @param written tokens that its step wrote
   * @param cost how long the step and the proposal took, beside a step without
   */
  void judge(int written, double cost) {
    gain += WEIGHT * (written / cost - gain);
    if (gain < 1) {
      pause = nextPause;
      nextPause = Math.min(2 * nextPause, longestPause);
      gain = AGAIN;
    } else if (gain > FIRST) {
      nextPause = Math.min(SHORTEST_PAUSE, longestPause);
    }
  }

  /** Begins the longest pause. */
  void leaveOff() {
    pause = longestPause;
    nextPause = longestPause;
    gain = AGAIN;
  }
}
