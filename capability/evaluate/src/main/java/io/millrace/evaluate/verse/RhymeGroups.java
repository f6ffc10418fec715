// SPDX-License-Identifier: Apache-2.0
package io.millrace.evaluate.verse;

import io.millrace.core.document.Verse;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which characters rhyme, learnt from where poems rhyme: characters that poets put there together are of one group.
 *
 * <p>Today's pronunciation does not tell, since the rhymes are those of the Tang. The graph of characters that occur in
 * rhyming places of one poem is clustered by letting each character take the group that most of its neighbours are in
 * (Biemann 2006, Chinese Whispers), a neighbour counting by how often the two met over the root of its own number.
 */
public final class RhymeGroups {
  private static final int ROUNDS = 30;

  private final Map<Integer, Integer> groups;

  private RhymeGroups(Map<Integer, Integer> groups) {
    this.groups = groups;
  }

  /**
   * Learns groups.
   *
   * @param poems of forms that rhyme on even lines
   * @param least characters that occur less often in a rhyming place get no group
   */
  public static RhymeGroups learn(List<Verse> poems, int least) {
    if (least < 1) {
      throw new IllegalArgumentException("least " + least + ": must be at least 1");
    }
    Map<Integer, Integer> counts = new HashMap<>();
    Map<Integer, Map<Integer, Integer>> together = new HashMap<>();
    for (Verse poem : poems) {
      List<Integer> ends = poem.rhymes();
      for (int i = 0; i < ends.size(); i++) {
        counts.merge(ends.get(i), 1, Integer::sum);
        for (int j = 0; j < ends.size(); j++) {
          if (!ends.get(i).equals(ends.get(j))) {
            together.computeIfAbsent(ends.get(i), _ -> new TreeMap<>()).merge(ends.get(j), 1, Integer::sum);
          }
        }
      }
    }
    TreeSet<Integer> frequent = new TreeSet<>();
    counts.forEach((character, count) -> {
      if (count >= least) {
        frequent.add(character);
      }
    });
    return new RhymeGroups(whisper(frequent, counts, together));
  }

  private static Map<Integer, Integer> whisper(
      TreeSet<Integer> characters, Map<Integer, Integer> counts, Map<Integer, Map<Integer, Integer>> together) {
    Map<Integer, Integer> groups = new HashMap<>();
    characters.forEach(character -> groups.put(character, character));
    List<Integer> order = new ArrayList<>(characters);
    Random random = new Random(1);
    boolean moved = true;
    for (int round = 0; round < ROUNDS && moved; round++) {
      moved = false;
      Collections.shuffle(order, random);
      for (int character : order) {
        int before = groups.getOrDefault(character, character);
        int best = loudest(together.getOrDefault(character, Map.of()), groups, counts, before);
        groups.put(character, best);
        moved |= best != before;
      }
    }
    return groups;
  }

  private static int loudest(
      Map<Integer, Integer> neighbours, Map<Integer, Integer> groups, Map<Integer, Integer> counts, int own) {
    Map<Integer, Double> votes = new TreeMap<>();
    neighbours.forEach((neighbour, times) -> {
      Integer group = groups.get(neighbour);
      if (group != null) {
        votes.merge(group, times / Math.sqrt(counts.getOrDefault(neighbour, 1)), Double::sum);
      }
    });
    int best = own;
    double most = 0;
    for (Map.Entry<Integer, Double> vote : votes.entrySet()) {
      if (vote.getValue() > most) {
        best = vote.getKey();
        most = vote.getValue();
      }
    }
    return best;
  }

  /** Whether both characters are known and of one group. */
  public boolean rhyme(int one, int other) {
    Integer group = groups.get(one);
    return group != null && group.equals(groups.get(other));
  }

  /** Whether all even lines of a poem end in one group, and not all in the same character. */
  public boolean kept(Verse poem) {
    List<Integer> ends = poem.rhymes();
    return ends.size() > 1 && ends.stream().distinct().count() > 1
        && ends.stream().allMatch(end -> rhyme(ends.getFirst(), end));
  }

  /** How many groups there are. */
  public int size() {
    return (int) groups.values().stream().distinct().count();
  }
}
