// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import org.jspecify.annotations.Nullable;

/**
 * One figure and what it is measured against.
 *
 * @param subject what was measured, such as {@code pretrain-11M-seq256}; the key {@code case} in files
 * @param metric which property, such as {@code flops}
 * @param value of that property
 * @param unit of the value and of the reference
 * @param reference the peer or limit measured in the same run; null where there is none
 * @param referenceValue its value; null where there is none
 * @param ratio value / referenceValue; null where there is none
 */
@JsonPropertyOrder({"case", "metric", "value", "unit", "reference", "referenceValue", "ratio"})
public record Row(
    @JsonProperty("case") String subject,
    String metric,
    double value,
    String unit,
    @Nullable String reference,
    @Nullable Double referenceValue,
    @Nullable Double ratio) {

  /** A figure beside a reference. */
  public static Row against(
      String subject, String metric, double value, String unit, String reference, double referenceValue) {
    return new Row(subject, metric, value, unit, reference, referenceValue, value / referenceValue);
  }

  /** A figure that stands alone. */
  public static Row alone(String subject, String metric, double value, String unit) {
    return new Row(subject, metric, value, unit, null, null, null);
  }

  @Override
  public String toString() {
    String figure = subject + " " + metric + " " + Figures.of(value) + " " + unit;
    return ratio == null || referenceValue == null
        ? figure
        : figure + ", " + Figures.of(ratio) + " of " + Figures.of(referenceValue) + " (" + reference + ")";
  }
}
