// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the tokens of a vocabulary do in one state of a rule, whatever called the rule: which can be read within it and
 * what it costs to end the rule after them, and at which nodes of the tree of tokens the rule ends before the token
 * does. Immutable.
 *
 * @param groups tokens that can be read
 * @param nodes where the rule may end within a token
 * @param rounds for each node the rounds of a counting rule's loop
 */
record Reach(List<Group> groups, int[] nodes, int[] rounds) {
  static final Reach NOTHING = new Reach(List.of(), new int[0], new int[0]);

  /**
   * Tokens that cost the same.
   *
   * @param rounds of a counting rule's loop that they take, a begun one included
   * @param ended whether that loop has been left
   * @param cost tokens after them until the rule ends; of a counting rule without those for missing rounds
   */
  record Group(int rounds, boolean ended, int cost, TokenSet tokens) {}

  /** About how many bytes it takes. */
  long bytes() {
    return 64 + 8L * nodes.length + groups.stream().mapToLong(group -> 32 + group.tokens.bytes()).sum();
  }

  /** Collects what a walk finds. */
  static final class Builder implements Walk.Sink {
    private static final class Ids {
      private final int rounds;
      private final boolean ended;
      private final int cost;
      private int[] ids = new int[8];
      private int size;

      Ids(int rounds, boolean ended, int cost) {
        this.rounds = rounds;
        this.ended = ended;
        this.cost = cost;
      }

      boolean is(int rounds, boolean ended, int cost) {
        return this.rounds == rounds && this.ended == ended && this.cost == cost;
      }
    }

    private record Key(int rounds, boolean ended, int cost) {}

    private final int size;
    private final Map<Key, Ids> groups = new HashMap<>();
    private Ids last = new Ids(-1, false, -1);
    private int[] nodes = new int[8];
    private int[] rounds = new int[8];
    private int exits;

    /**
     * Nothing yet.
     *
     * @param size of the vocabulary
     */
    Builder(int size) {
      this.size = size;
    }

    @Override
    public void tokens(int[] ids, int from, int to, int rounds, boolean ended, int cost) {
      if (!last.is(rounds, ended, cost)) {
        last = groups.computeIfAbsent(new Key(rounds, ended, cost), _ -> new Ids(rounds, ended, cost));
      }
      int count = to - from;
      if (last.size + count > last.ids.length) {
        last.ids = Arrays.copyOf(last.ids, Math.max(2 * last.size, last.size + count));
      }
      System.arraycopy(ids, from, last.ids, last.size, count);
      last.size += count;
    }

    @Override
    public void exit(int node, int rounds) {
      if (exits == nodes.length) {
        nodes = Arrays.copyOf(nodes, 2 * exits);
        this.rounds = Arrays.copyOf(this.rounds, 2 * exits);
      }
      nodes[exits] = node;
      this.rounds[exits++] = rounds;
    }

    Reach build() {
      List<Group> made = new ArrayList<>(groups.size());
      groups.values().forEach(ids -> made.add(
          new Group(ids.rounds, ids.ended, ids.cost, TokenSet.of(Arrays.copyOf(ids.ids, ids.size), size))));
      return new Reach(List.copyOf(made), Arrays.copyOf(nodes, exits), Arrays.copyOf(rounds, exits));
    }
  }
}
