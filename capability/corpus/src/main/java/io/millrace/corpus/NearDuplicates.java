// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

import io.millrace.core.similarity.MinHash;
import io.millrace.core.similarity.Shingles;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * Finds texts that are almost the same: candidates share a MinHash band, and the exact Jaccard similarity of their
 * shingles decides.
 */
public final class NearDuplicates {

  /** From this similarity on two texts count as the same one. */
  public static final double THRESHOLD = 0.9;

  /** Shorter texts are not compared: two one-line pages are alike without being copies. */
  static final int FEWEST_SHINGLES = 40;

  /** A bucket with more members is compared with its first one only: it holds copies of one template. */
  static final int LARGEST_BUCKET = 64;

  /**
   * Two texts that may be near duplicates.
   *
   * @param first the smaller identity
   */
  public record Pair(String first, String second) implements Comparable<Pair> {
    @Override
    public int compareTo(Pair other) {
      int order = second.compareTo(other.second);
      return order != 0 ? order : first.compareTo(other.first);
    }
  }

  private NearDuplicates() {}

  /** Returns the pairs of one bucket. */
  static List<Pair> pairs(Collection<String> bucket) {
    List<String> ids = new ArrayList<>(new TreeSet<>(bucket));
    List<Pair> pairs = new ArrayList<>();
    int firsts = ids.size() > LARGEST_BUCKET ? 1 : ids.size();
    for (int i = 0; i < firsts; i++) {
      for (int j = i + 1; j < ids.size(); j++) {
        pairs.add(new Pair(ids.get(i), ids.get(j)));
      }
    }
    return pairs;
  }

  /**
   * Decides which texts are copies. In the order of identities, a text is a copy when it is similar to an earlier one
   * that is none itself.
   *
   * @param candidates pairs to look at
   * @param shingles of a text, by identity
   * @return for each copy the text it repeats
   */
  static Map<String, String> copies(Set<Pair> candidates, Function<String, Shingles> shingles) {
    Map<String, String> copies = new LinkedHashMap<>();
    Map<String, Shingles> known = new TreeMap<>();
    for (Pair pair : new TreeSet<>(candidates)) {
      if (copies.containsKey(pair.first()) || copies.containsKey(pair.second())) {
        continue;
      }
      Shingles first = known.computeIfAbsent(pair.first(), shingles);
      Shingles second = known.computeIfAbsent(pair.second(), shingles);
      if (first.jaccard(second) >= THRESHOLD) {
        copies.put(pair.second(), pair.first());
      }
    }
    return copies;
  }

  /** Finds the copies among texts by identity, all in memory. */
  public static Map<String, String> among(Map<String, String> texts) {
    Map<String, Shingles> shingles = new TreeMap<>();
    Map<Long, List<String>> buckets = new TreeMap<>();
    texts.forEach(
        (id, text) -> {
          Shingles set = Shingles.of(text);
          shingles.put(id, set);
          if (set.size() >= FEWEST_SHINGLES) {
            for (long key : MinHash.bands(set)) {
              buckets.computeIfAbsent(key, k -> new ArrayList<>()).add(id);
            }
          }
        });
    Set<Pair> candidates = new TreeSet<>();
    buckets.values().forEach(bucket -> candidates.addAll(pairs(bucket)));
    return copies(candidates, id -> Objects.requireNonNull(shingles.get(id)));
  }
}
