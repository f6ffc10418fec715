// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.simulate;

import java.util.random.RandomGenerator;

/**
 * Where a person clicks in a list. The person reads from the top (cascade model), goes on to the next item with a
 * probability below one, and clicks an item that was read as often as it is attractive; so the chance of a click is
 * examination at that position times attraction (position model). Craswell et al. 2008, "An Experimental Comparison of
 * Click Position-Bias Models", WSDM.
 */
final class ClickModel {

  /** Chance to read on after an item that was not clicked. */
  private static final double PERSISTENCE = 0.8;

  private ClickModel() {}

  /**
   * Returns the position that is clicked, from 0, or -1 when the list is left without a click.
   *
   * @param attractions of the items in the order shown, each from 0 to 1
   */
  static int click(double[] attractions, RandomGenerator random) {
    for (int i = 0; i < attractions.length; i++) {
      if (random.nextDouble() < attractions[i]) {
        return i;
      }
      if (random.nextDouble() >= PERSISTENCE) {
        return -1;
      }
    }
    return -1;
  }

  /** Returns the probability that a position is read when nothing above it attracts. */
  static double examination(int position) {
    return Math.pow(PERSISTENCE, position);
  }
}
