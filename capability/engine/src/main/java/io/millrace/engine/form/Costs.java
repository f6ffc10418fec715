// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * Finds the cost of each state of rules that call each other: how many tokens lead to the rule's end.
 *
 * <p>First the way of fewest bytes, of those that the vocabulary can write one by one (Knuth, A Generalization of
 * Dijkstra's Algorithm, 1977: a call costs what the called rule costs). Then the fewest tokens along that way, none of
 * which crosses the beginning or end of a rule, so that costs of a stack of rules add up.
 */
final class Costs {
  private record Open(long distance, int node) {}

  /**
   * A call from a node that goes on at another.
   *
   * @param machine number of the rule that is called, or called again and again, if it is one of those to be bound
   * @param times how often it is called at least
   */
  private record Site(int node, Rule rule, int machine, int times, int next) {}

  private final Vocabulary vocabulary;
  private final List<Machine> machines;
  private final List<Dfa> automata;
  private final List<int[]> samples;
  private final Map<Machine, Integer> numbers = new HashMap<>();
  /** Where each rule's nodes, one for each state, begin. */
  private final int[] offsets;
  private final int[] machineOf;

  private final List<List<Site>> sitesInto = new ArrayList<>();
  private final List<List<Site>> sitesOf = new ArrayList<>();
  /** Edges that read bytes, by target: those into node n are from {@code firstSource[n]} to {@code firstSource[n + 1]}. */
  private final int[] firstSource;
  private final int[] sources;
  private final int[] bytes;

  private final PriorityQueue<Open> open = new PriorityQueue<>((a, b) -> Long.compare(a.distance, b.distance));
  private final long[] distance;
  private final int[] cost;
  private final boolean[] settled;
  /** The next node on the way, -1 at its end; reached by a byte, or by a call where there is one. */
  private final int[] next;
  private final int[] byteTo;
  private final @Nullable Site[] callTo;

  private Costs(Map<Machine, Dfa> rules, Vocabulary vocabulary) {
    this.vocabulary = vocabulary;
    machines = List.copyOf(rules.keySet());
    automata = machines.stream().map(rules::get).toList();
    offsets = new int[machines.size() + 1];
    for (int m = 0; m < machines.size(); m++) {
      numbers.put(machines.get(m), m);
      offsets[m + 1] = offsets[m] + automata.get(m).states();
      sitesOf.add(new ArrayList<>());
    }
    int nodes = offsets[machines.size()];
    machineOf = new int[nodes];
    for (int m = 0; m < machines.size(); m++) {
      Arrays.fill(machineOf, offsets[m], offsets[m + 1], m);
    }
    for (int i = 0; i < nodes; i++) {
      sitesInto.add(new ArrayList<>(0));
    }
    samples = automata.stream().map(this::samples).toList();
    firstSource = new int[nodes + 1];
    eachEdge((_, _, target) -> firstSource[target + 1]++);
    Arrays.parallelPrefix(firstSource, Integer::sum);
    sources = new int[firstSource[nodes]];
    bytes = new int[firstSource[nodes]];
    int[] at = firstSource.clone();
    eachEdge((source, b, target) -> {
      sources[at[target]] = source;
      bytes[at[target]++] = b;
    });
    distance = new long[nodes];
    Arrays.fill(distance, Long.MAX_VALUE);
    cost = new int[nodes];
    Arrays.fill(cost, Rule.NEVER);
    settled = new boolean[nodes];
    next = new int[nodes];
    byteTo = new int[nodes];
    callTo = new Site[nodes];
  }

  /**
   * Binds rules to their automata and costs.
   *
   * @param rules with the automata in which they call each other, or rules that are bound already
   */
  static void bind(Map<Machine, Dfa> rules, Vocabulary vocabulary) {
    Costs costs = new Costs(rules, vocabulary);
    costs.start();
    costs.settle();
    for (int m = 0; m < costs.machines.size(); m++) {
      costs.machines.get(m).bind(costs.automata.get(m),
          Arrays.copyOfRange(costs.cost, costs.offsets[m], costs.offsets[m + 1]));
    }
    costs.machines.forEach(Machine::prune);
  }

  /** For each kind of an automaton's bytes one that can be written, or -1. */
  private int[] samples(Dfa automaton) {
    int[] samples = new int[automaton.columns()];
    Arrays.fill(samples, -1);
    for (int b = 0; b < 256; b++) {
      if (vocabulary.writes(b)) {
        samples[automaton.kind(b)] = b;
      }
    }
    return samples;
  }

  /** Counts or lists the edges that read bytes which can be written, by target. */
  private void eachEdge(EdgeVisitor visitor) {
    for (int node = 0; node < machineOf.length; node++) {
      int m = machineOf[node];
      for (int kind = 0; kind < samples.get(m).length; kind++) {
        int target = automata.get(m).nextOfKind(node - offsets[m], kind);
        if (target >= 0 && samples.get(m)[kind] >= 0) {
          visitor.visit(node, samples.get(m)[kind], offsets[m] + target);
        }
      }
    }
  }

  private interface EdgeVisitor {
    void visit(int source, int b, int target);
  }

  private void start() {
    for (int node = 0; node < machineOf.length; node++) {
      int m = machineOf[node];
      Dfa automaton = automata.get(m);
      for (Dfa.Call call : automaton.calls(node - offsets[m])) {
        Integer own = call.rule() instanceof Loop loop ? numbers.get(loop.body())
            : call.rule() instanceof Machine machine ? numbers.get(machine) : null;
        int times = call.rule() instanceof Loop loop ? loop.least() : 1;
        Site site = new Site(node, call.rule(), own == null ? -1 : own, times, offsets[m] + call.next());
        sitesInto.get(site.next).add(site);
        if (own != null) {
          sitesOf.get(own).add(site);
        }
      }
      if (automaton.accepts(node - offsets[m])) {
        reach(node, 0, -1, -1, null);
      }
    }
  }

  private void settle() {
    while (!open.isEmpty()) {
      int node = open.poll().node;
      if (settled[node]) {
        continue;
      }
      settled[node] = true;
      cost[node] = tokens(node);
      for (int i = firstSource[node]; i < firstSource[node + 1]; i++) {
        reach(sources[i], distance[node] + 1, node, bytes[i], null);
      }
      sitesInto.get(node).forEach(this::callStep);
      if (node == offsets[machineOf[node]]) {
        sitesOf.get(machineOf[node]).forEach(this::callStep);
      }
    }
  }

  private void callStep(Site site) {
    if (!settled[site.next]) {
      return;
    }
    long called = 0;
    if (site.machine < 0) {
      called = site.rule.cost(0); // bound before; its tokens stand for its bytes
    } else if (site.times > 0) {
      int start = offsets[site.machine];
      if (!settled[start]) {
        return;
      }
      called = distance[start] * site.times;
    }
    // A call that may read nothing is left out without it: its caller has the edges of what follows, see Nfa.
    if (called > 0 && called < Rule.NEVER) {
      reach(site.node, distance[site.next] + called, site.next, -1, site);
    }
  }

  private void reach(int node, long by, int to, int b, @Nullable Site call) {
    if (!settled[node] && by < distance[node]) {
      distance[node] = by;
      next[node] = to;
      byteTo[node] = b;
      callTo[node] = call;
      open.add(new Open(by, node));
    }
  }

  /** The cost of a node whose way is known, along nodes whose costs are. */
  private int tokens(int node) {
    if (next[node] < 0) {
      return 0;
    }
    Site call = callTo[node];
    if (call != null) {
      long called = call.machine < 0 ? call.rule.cost(0) : (long) call.times * cost[offsets[call.machine]];
      return (int) Math.min(cost[next[node]] + called, Rule.NEVER);
    }
    TokenTrie trie = vocabulary.trie();
    int best = Rule.NEVER;
    int token = TokenTrie.ROOT;
    for (int at = node; next[at] >= 0 && callTo[at] == null; ) {
      token = trie.child(token, byteTo[at]);
      if (token < 0) {
        break;
      }
      at = next[at];
      if (trie.hasTokens(token)) {
        best = Math.min(best, Rule.add(1, cost[at]));
      }
    }
    return best;
  }
}
