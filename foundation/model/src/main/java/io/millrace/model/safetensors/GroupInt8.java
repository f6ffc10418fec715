// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.safetensors;

import tools.jackson.databind.JsonNode;

/**
 * How weights are stored in eight bits: symmetric, with one scale for each group of 32 neighbours along the input, or
 * for each row.
 *
 * <p>A matrix {@code name} of shape [rows, columns] becomes {@code name} as I8 of that shape and {@code name_scale} as
 * BF16 of shape [rows, ceil(columns / 32)], or [rows, 1]; its values are {@code q × scale}, q from −127 to 127. A row's
 * last group may be shorter. {@code config.json} says so under {@code quantization_config}, with {@code group_size} 32,
 * or −1 for rows. Folders written before have scales in F32, which {@link QuantisedMatrix} reads too.
 */
public final class GroupInt8 {
  /** Neighbours that share a scale. */
  public static final int GROUP = 32;

  /** The {@code quant_method} in {@code quantization_config}. */
  public static final String METHOD = "millrace-int8";

  /** The largest value; its negative is the smallest. */
  public static final int LARGEST = 127;

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

  /** As {@link #quantise(float[], int, int, byte[], int, float[], int)}, in groups of 32. */
  public static void quantise(float[] row, int columns, byte[] q, int qAt, float[] scales, int scaleAt) {
    quantise(row, columns, GROUP, q, qAt, scales, scaleAt);
  }

  /**
   * Rounds one row to the nearest step; the error of each weight is at most half its group's scale. Scales are BF16
   * numbers, rounded up, so that the largest weight does not clip.
   *
   * @param group neighbours that share a scale
   * @param scales receives {@code ceil(columns / group)} scales from {@code scaleAt} on
   * @throws IllegalArgumentException when a weight is not finite
   */
  public static void quantise(float[] row, int columns, int group, byte[] q, int qAt, float[] scales, int scaleAt) {
    for (int from = 0; from < columns; from += group) {
      int to = Math.min(columns, from + group);
      float largest = 0;
      for (int i = from; i < to; i++) {
        if (!Float.isFinite(row[i])) {
          throw new IllegalArgumentException("weight " + row[i] + " in column " + i + " is not finite");
        }
        largest = Math.max(largest, Math.abs(row[i]));
      }
      float scale = Bf16.away(largest / LARGEST);
      scales[scaleAt + from / group] = scale;
      for (int i = from; i < to; i++) {
        // A scale can underflow to 0 only when all weights of the group are practically 0.
        q[qAt + i] = scale == 0 ? 0 : (byte) Math.clamp(Math.round(row[i] / scale), -LARGEST, LARGEST);
      }
    }
  }

  /**
   * Whether a {@code config.json} describes this format, by group or by row: true or, for another model, false.
   *
   * @throws IllegalArgumentException when it describes a quantisation that is not known here
   */
  public static boolean isDescribedBy(JsonNode config) {
    WeightFormat format = WeightFormat.of(config);
    return format == WeightFormat.INT8 || format == WeightFormat.INT8_ROW;
  }
}
