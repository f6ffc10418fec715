// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.safetensors;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** How the matrices of a model folder are stored; {@code config.json} says it under {@code quantization_config}. */
public enum WeightFormat {
  /** As floats. */
  FULL("", 0, 0),
  /** {@link GroupInt8} with a scale for 32 neighbours. */
  INT8(GroupInt8.METHOD, 8, GroupInt8.GROUP),
  /** {@link GroupInt8} with a scale a row. */
  INT8_ROW(GroupInt8.METHOD, 8, -1),
  /** {@link GroupInt4}; matrices of the folder that do not fit, or are worth more bits, are as in {@link #INT8}. */
  INT4(GroupInt4.METHOD, 4, GroupInt4.GROUP);

  private static final String KEY = "quantization_config";

  private final String method;
  private final int bits;
  private final int groupSize;

  WeightFormat(String method, int bits, int groupSize) {
    this.method = method;
    this.bits = bits;
    this.groupSize = groupSize;
  }

  /**
   * What a {@code config.json} says.
   *
   * @throws IllegalArgumentException when it describes another quantisation, naming it
   */
  public static WeightFormat of(JsonNode config) {
    JsonNode q = config.path(KEY);
    if (q.isMissingNode() || q.isNull()) {
      return FULL;
    }
    String method = q.path("quant_method").asString("?");
    int group = q.path("group_size").asInt(0);
    for (WeightFormat format : List.of(INT8, INT8_ROW, INT4)) {
      if (format.method.equals(method) && format.groupSize == group) {
        return format;
      }
    }
    throw new IllegalArgumentException(KEY + ": expected quant_method " + GroupInt8.METHOD + " with group_size 32 or -1, or "
        + GroupInt4.METHOD + " with group_size 32, found " + q);
  }

  /** Says it in a {@code config.json}. */
  public void describe(ObjectNode config) {
    if (this == FULL) {
      config.remove(KEY);
    } else {
      config.putObject(KEY).put("quant_method", method).put("bits", bits).put("group_size", groupSize).put("sym", true);
    }
  }

  /** Bits of a weight; 0 for floats. */
  public int bits() {
    return bits;
  }

  /** How a matrix of so many columns is stored in a folder of this format. */
  public WeightFormat forColumns(int columns) {
    return this == INT4 && !GroupInt4.fits(columns) ? INT8 : this;
  }

  /** Neighbours that share a scale in a row of so many columns. */
  public int group(int columns) {
    return groupSize > 0 ? groupSize : columns;
  }

  /** The tensors that a matrix becomes: values and scales. */
  public List<TensorSpec> specs(String name, int rows, int columns) {
    if (this == FULL) {
      throw new IllegalArgumentException("tensor " + name + ": floats have no scales");
    }
    int group = group(columns);
    TensorSpec values = this == INT4
        ? new TensorSpec(name, DType.U8, rows, GroupInt4.rowBytes(columns))
        : new TensorSpec(name, DType.I8, rows, columns);
    return List.of(values,
        new TensorSpec(GroupInt8.scaleName(name), DType.BF16, rows, (columns + group - 1) / group));
  }

  /** Writes a matrix into a file that was declared with {@link #specs}. */
  public void write(SafetensorsWriter writer, String name, Codes codes) throws IOException {
    writer.put(name, MemorySegment.ofArray(this == INT4 ? GroupInt4.pack(codes) : codes.values()));
    writer.put(GroupInt8.scaleName(name), MemorySegment.ofArray(Bf16.bits(codes.scales())));
  }
}
