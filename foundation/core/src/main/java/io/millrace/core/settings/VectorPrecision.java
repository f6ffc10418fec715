// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.settings;

import com.fasterxml.jackson.annotation.JsonCreator;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * How exactly the embeddings lie in the structure that searches walk through. Exact ones are kept on disk beside it, and judge
 * what the walk proposes, so precision decides which passages are looked at and never a score.
 */
public enum VectorPrecision {
  /** 32 bits for a dimension. */
  FLOAT(32),
  /** 8 bits. */
  INT8(8),
  /** 4 bits. */
  INT4(4),
  /** One bit, compared with a question of 4 bits (Gao and Long, SIGMOD 2024, arXiv:2405.12497). */
  BIT(1);

  private final int bits;

  VectorPrecision(int bits) {
    this.bits = bits;
  }

  /** Returns the bits of a dimension. */
  public int bits() {
    return bits;
  }

  /**
   * Returns the precision of a name as settings have it.
   *
   * @throws IllegalArgumentException when there is none of that name, with those that there are
   */
  @JsonCreator
  public static VectorPrecision ofName(String name) {
    return Arrays.stream(values()).filter(each -> each.text().equals(name)).findFirst()
        .orElseThrow(() -> new IllegalArgumentException(
            "vectors of precision '" + name + "': use "
                + Arrays.stream(values()).map(VectorPrecision::text).collect(Collectors.joining(", "))));
  }

  /** Returns the name as settings have it, such as {@code int8}. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
