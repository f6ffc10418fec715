// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.data;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.zip.CRC32;

/**
 * What was read from a file, and what of it cannot be used.
 *
 * @param items in the order of the file
 * @param skipped how many records were left out, by reason
 */
public record Dataset<T>(List<T> items, Map<String, Integer> skipped) {
  /** Copies both. */
  public Dataset {
    items = List.copyOf(items);
    skipped = Map.copyOf(skipped);
  }

  /** Two disjoint parts. */
  public record Split<T>(List<T> training, List<T> heldOut) {}

  /**
   * Keeps a share of the items away from training. Items with the same key go to the same side, so that nothing that
   * is measured was trained on; which side depends on the key only.
   *
   * @param percent from 0 to 50
   * @param key for example the prompt
   */
  public Split<T> split(int percent, Function<T, String> key) {
    if (percent < 0 || percent > 50) {
      throw new IllegalArgumentException("held-out share of " + percent + " %: must be from 0 to 50");
    }
    List<T> training = new ArrayList<>();
    List<T> heldOut = new ArrayList<>();
    for (T item : items) {
      CRC32 crc = new CRC32();
      crc.update(key.apply(item).getBytes(StandardCharsets.UTF_8));
      // Spread by a multiplication, since a CRC keeps the pattern of texts that differ in their last characters.
      long spread = (crc.getValue() * 0x9E3779B97F4A7C15L) >>> 33;
      (spread % 100 < percent ? heldOut : training).add(item);
    }
    return new Split<>(List.copyOf(training), List.copyOf(heldOut));
  }

  /** One line about what was left out and why; empty if nothing was. */
  public String notes() {
    StringBuilder notes = new StringBuilder();
    skipped.forEach((reason, count) -> notes.append(notes.isEmpty() ? "" : "; ").append(count).append(' ').append(reason));
    return notes.isEmpty() ? "" : "left out: " + notes;
  }

  /** Collects items. */
  static final class Builder<T> {
    private final List<T> items = new ArrayList<>();
    private final Map<String, Integer> skipped = new LinkedHashMap<>();

    void add(T item) {
      items.add(item);
    }

    void skip(String reason) {
      skipped.merge(reason, 1, Integer::sum);
    }

    /** What was collected; refuses a file of which nothing can be used. */
    Dataset<T> build(Path file) {
      Dataset<T> dataset = new Dataset<>(items, skipped);
      if (items.isEmpty()) {
        throw new IllegalArgumentException(file + " holds nothing to learn from; " + dataset.notes());
      }
      return dataset;
    }
  }
}
