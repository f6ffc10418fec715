// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

/**
 * Finds which tokens can be read: rules walk the tree of tokens, and where one ends or calls another below the root,
 * the other walks on from there. For one thread.
 */
final class Walk {
  /** Takes what is found. */
  interface Sink {
    /**
     * Tokens can be read: those of a list from a place on up to another.
     *
     * @param rounds of a counting rule's loop, begun ones included
     * @param ended whether such a loop has been left
     * @param cost tokens after them
     */
    void tokens(int[] ids, int from, int to, int rounds, boolean ended, int cost);

    /** The bottom rule may end at a node, after so many rounds, and tokens go on below the node. */
    void exit(int node, int rounds);
  }

  /** Very ambiguous grammars are not followed further within one token; what is not followed is not allowed. */
  private static final int MOST = 100_000;

  /** A rule at a node; one that was just called cannot end before it has read something. */
  private record Item(int node, Rule rule, int state, Frame frame, boolean called) {}

  private final TokenTrie trie;
  private final Sink sink;
  private final int[] states;
  private final int[] counts;
  private final Deque<Item> open = new ArrayDeque<>();
  private final Set<Item> seen = new HashSet<>();

  Walk(TokenTrie trie, Sink sink) {
    this.trie = trie;
    this.sink = sink;
    states = new int[trie.longest() + 1];
    counts = new int[trie.longest() + 1];
  }

  TokenTrie trie() {
    return trie;
  }

  /** Room for the states of a walk, by depth. */
  int[] states() {
    return states;
  }

  /** Room for what a walk counts, by depth. */
  int[] counts() {
    return counts;
  }

  /** The tokens that end at a node can be read. */
  void tokens(int node, int rounds, boolean ended, int cost) {
    sink.tokens(trie.tokens(), trie.firstToken(node), trie.firstToken(node + 1), rounds, ended, cost);
  }

  /** The tokens that end at a node or below it can all be read. */
  void allTokens(int node, int cost) {
    sink.tokens(trie.tokens(), trie.firstToken(node), trie.firstToken(trie.end(node)), 0, false, cost);
  }

  /** A rule goes on at a node. */
  private void resume(int node, Rule rule, int state, Frame frame) {
    if (add(new Item(node, rule, state, frame, false))) {
      branch(node, rule, state, frame);
    }
  }

  private void call(int node, Rule rule, Frame frame) {
    if (add(new Item(node, rule, 0, frame, true))) {
      calls(node, rule, 0, frame);
    }
  }

  private boolean add(Item item) {
    boolean fresh = seen.size() < MOST && seen.add(item);
    if (fresh && item.rule.reads(item.state)) {
      open.add(item);
    }
    return fresh;
  }

  private void calls(int node, Rule rule, int state, Frame frame) {
    for (Dfa.Call call : rule.calls(state)) {
      call(node, call.rule(), frame.push(rule, call.next()));
    }
  }

  /** Follows what a rule can do at a node without reading: call others, or end. */
  void branch(int node, Rule rule, int state, Frame frame) {
    calls(node, rule, state, frame);
    if (rule.accepts(state)) {
      leave(node, 0, frame);
    }
  }

  /** A rule ends at a node. */
  void leave(int node, int rounds, Frame frame) {
    if (!frame.isBottom()) {
      resume(node, frame.rule(), frame.state(), frame.below());
    } else if (frame.equals(Frame.BASE)) {
      sink.exit(node, rounds);
    }
  }

  /** Walks until nothing is left to follow. */
  void run() {
    while (!open.isEmpty()) {
      Item item = open.poll();
      item.rule.walk(this, item.node, item.state, item.frame);
    }
  }
}
