// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.safetensors;

import tools.jackson.databind.JsonNode;

/**
 * How weights are stored in eight bits: symmetric, with one scale for each group of 32 neighbours along the input.
 *
 * <p>A matrix {@code name} of shape [rows, columns] becomes {@code name} as I8 of that shape and {@code name_scale} as
 * F32 of shape [rows, ceil(columns / 32)]; its values are {@code q × scale}, q from −127 to 127. A row's last group may
 * be shorter. {@code config.json} says so under {@code quantization_config}.
 */
public final class GroupInt8 {
  /** Neighbours that share a scale. */
  public static final int GROUP = 32;

  /** The {@code quant_method} in {@code quantization_config}. */
  public static final String METHOD = "millrace-int8";

  private static final String SCALE_SUFFIX = "_scale";

  private GroupInt8() {}

  /** The name of the scales of a tensor. */
  public static String scaleName(String tensor) {
    return tensor + SCALE_SUFFIX;
  }

  /** Scales per row. */
  public static int groups(int columns) {
    return (columns + GROUP - 1) / GROUP;
  }

  /**
   * Rounds one row to the nearest step; the error of each weight is at most half its group's scale.
   *
   * @param scales receives {@code groups(columns)} scales from {@code scaleAt} on
   * @throws IllegalArgumentException when a weight is not finite
   */
  public static void quantise(float[] row, int columns, byte[] q, int qAt, float[] scales, int scaleAt) {
    for (int g = 0; g < groups(columns); g++) {
      int from = g * GROUP;
      int to = Math.min(columns, from + GROUP);
      float largest = 0;
      for (int i = from; i < to; i++) {
        if (!Float.isFinite(row[i])) {
          throw new IllegalArgumentException("weight " + row[i] + " in column " + i + " is not finite");
        }
        largest = Math.max(largest, Math.abs(row[i]));
      }
      float scale = largest / 127;
      scales[scaleAt + g] = scale;
      for (int i = from; i < to; i++) {
        // A scale can underflow to 0 only when all weights of the group are practically 0.
        q[qAt + i] = scale == 0 ? 0 : (byte) Math.clamp(Math.round(row[i] / scale), -127, 127);
      }
    }
  }

  /**
   * Whether a {@code config.json} describes this format: true or, for an unquantised model, false.
   *
   * @throws IllegalArgumentException when it describes another quantisation
   */
  public static boolean isDescribedBy(JsonNode config) {
    JsonNode q = config.path("quantization_config");
    if (q.isMissingNode() || q.isNull()) {
      return false;
    }
    String method = q.path("quant_method").asString("?");
    if (!method.equals(METHOD) || q.path("group_size").asInt(-1) != GROUP) {
      throw new IllegalArgumentException("quantization_config: expected quant_method " + METHOD + " with group_size "
          + GROUP + ", found " + q);
    }
    return true;
  }
}
