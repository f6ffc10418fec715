// SPDX-License-Identifier: Apache-2.0
package io.millrace.compress;

import io.millrace.model.decoder.DecoderConfig;
import io.millrace.model.safetensors.GroupInt4;

/**
 * What remains of a decoder.
 *
 * @param layers blocks
 * @param kvHeads groups of heads in each block: a key-value head with the queries that share it
 * @param innerUnits units inside each feed-forward, {@code intermediate_size}
 */
public record PruningPlan(int layers, int kvHeads, int innerUnits) {
  /** Everything. */
  public static PruningPlan all(DecoderConfig config) {
    return new PruningPlan(config.layers(), config.kvHeads(), config.intermediateSize());
  }

  /**
   * Checks that something goes, something remains, and that what remains can be stored in groups.
   *
   * @throws IllegalArgumentException naming the part that does not fit
   */
  void check(DecoderConfig config) {
    if (config.family().mixture()) {
      throw new IllegalArgumentException("model_type " + config.family().modelType() + ": only dense decoders are pruned");
    }
    within("layers", layers, config.layers());
    within("key-value heads", kvHeads, config.kvHeads());
    within("inner units", innerUnits, config.intermediateSize());
    if (innerUnits != config.intermediateSize() && innerUnits % GroupInt4.GROUP != 0) {
      throw new IllegalArgumentException("inner units " + innerUnits + ": keep a multiple of " + GroupInt4.GROUP
          + ", so that they can be quantised in groups, such as " + Math.max(1, innerUnits / GroupInt4.GROUP) * GroupInt4.GROUP);
    }
    if (equals(all(config))) {
      throw new IllegalArgumentException("nothing to prune: all of " + this + " would remain");
    }
  }

  private static void within(String what, int kept, int all) {
    if (kept < 1 || kept > all) {
      throw new IllegalArgumentException(what + " " + kept + ": the decoder has " + all + ", so keep from 1 to " + all);
    }
  }
}
