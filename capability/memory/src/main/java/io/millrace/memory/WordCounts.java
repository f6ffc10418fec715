// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.memory.SoughtWords.FieldWord;

import java.util.List;
import java.util.Map;

/**
 * What BM25 has to know of all passages that a reader may see, counted where they lie.
 *
 * @param extents how much text there is, by field; fields without any are left out
 * @param passages that have a word in a field
 */
public record WordCounts(Map<String, Extent> extents, Map<FieldWord, Long> passages) {

  public WordCounts {
    extents = Map.copyOf(extents);
    passages = Map.copyOf(passages);
  }

  /**
   * How many passages have text in a field, and how many words they have there together.
   *
   * @param passages at least 1
   * @param words at least as many
   */
  public record Extent(long passages, long words) {}

  /** Returns the names of all fields that are counted. */
  public static List<String> fields() {
    return PassageFields.Text.fields();
  }

  /** Returns whether any passage has text in a field. */
  public boolean holds(String field) {
    return extents.containsKey(field);
  }

  /** Returns how many passages have a word in a field; not more than have any there, whatever was counted at another moment. */
  public long passagesWith(String field, String word) {
    Extent extent = extents.get(field);
    return extent == null ? 0 : Math.min(extent.passages(), passages.getOrDefault(new FieldWord(field, word), 0L));
  }
}
