// SPDX-License-Identifier: Apache-2.0
package io.millrace.compress;

import java.util.List;

/**
 * What became of a decoder.
 *
 * @param influence of each block of the parent, {@link BlockInfluence}; empty if all blocks were to remain
 * @param keptLayers of the parent, from 0
 * @param parametersBefore of the parent
 * @param parametersAfter of what remains
 */
public record PruningReport(
    List<Double> influence, List<Integer> keptLayers, long parametersBefore, long parametersAfter) {
  /** Copies the lists. */
  public PruningReport {
    influence = List.copyOf(influence);
    keptLayers = List.copyOf(keptLayers);
  }
}
