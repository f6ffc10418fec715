// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.graph;

import io.millrace.memory.graph.Edges.End;
import io.millrace.memory.graph.Edges.Node;
import io.millrace.memory.graph.Walk.Massed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class WalkTest {

  /** A graph in lists; counts how often it is asked for the ends of keys. */
  private static final class Lists implements Edges {
    final List<Node> nodes = new ArrayList<>();
    final Map<Node, TreeSet<String>> holds = new HashMap<>();
    final Map<Node, TreeSet<String>> owns = new HashMap<>();
    int asked;

    Node add(long document) {
      Node node = new Node(nodes.size(), nodes.size() * 0x9E3779B97F4A7C15L, document);
      nodes.add(node);
      holds.put(node, new TreeSet<>());
      owns.put(node, new TreeSet<>());
      return node;
    }

    @Override
    public List<String> leaving(Node node) {
      return List.copyOf(holds.getOrDefault(node, new TreeSet<>()));
    }

    @Override
    public List<String> owned(Node node) {
      return List.copyOf(owns.getOrDefault(node, new TreeSet<>()));
    }

    @Override
    public End owners(String key) {
      asked++;
      return end(with(key, owns));
    }

    @Override
    public End holders(String key) {
      asked++;
      return end(with(key, holds));
    }

    List<Node> with(String key, Map<Node, TreeSet<String>> keys) {
      return nodes.stream().filter(node -> keys.getOrDefault(node, new TreeSet<>()).contains(key)).toList();
    }

    private static End end(List<Node> all) {
      return all.size() > Walk.MOST_AT_END ? new End(List.of(), Walk.MOST_AT_END + 1) : new End(all, all.size());
    }
  }

  private static Lists random(Random random, int passages, int keys) {
    Lists graph = new Lists();
    for (int i = 0; i < passages; i++) {
      Node node = graph.add(random.nextInt(passages / 2));
      for (int k = 0; k < random.nextInt(7); k++) {
        graph.holds.getOrDefault(node, new TreeSet<>()).add(key(random.nextInt(keys)));
      }
      for (int k = 0; k < random.nextInt(3); k++) {
        graph.owns.getOrDefault(node, new TreeSet<>()).add(key(random.nextInt(keys)));
      }
    }
    return graph;
  }

  private static String key(int i) {
    return (i % 3 == 0 ? ">" : "=") + "k" + i;
  }

  private static List<Massed> seeds(Lists graph, Random random, int count) {
    List<Node> nodes = new ArrayList<>(graph.nodes);
    Collections.shuffle(nodes, random);
    double[] masses = random.doubles(count, 0.1, 1).toArray();
    double sum = java.util.Arrays.stream(masses).sum();
    return IntStream.range(0, count).mapToObj(i -> new Massed(nodes.get(i), masses[i] / sum)).toList();
  }

  /** The same as a matrix of probabilities, from the definition: every pair of passages, every key. */
  private static double[][] matrix(Lists graph) {
    int n = graph.nodes.size();
    double[][] to = new double[n][n];
    for (Node from : graph.nodes) {
      double sum = 0;
      double[] row = to[from.number()];
      List<String> ways = new ArrayList<>();
      graph.leaving(from).forEach(key -> ways.add("out" + key));
      graph.owned(from).forEach(key -> ways.add("back" + key));
      for (String way : ways) {
        boolean out = way.startsWith("out");
        String key = way.substring(out ? 3 : 4);
        List<Node> owners = out ? graph.with(key, graph.owns) : List.of();
        List<Node> holders = out && key.charAt(0) == '>' ? List.of() : graph.with(key, graph.holds);
        double weight = (out ? 1 : 0.5) / (1 + Math.log(Math.min(33, owners.size()) + Math.min(33, holders.size())));
        List<Node> a = owners.size() > 32 ? List.of() : owners.stream().filter(x -> x.document() != from.document()).toList();
        List<Node> b = holders.size() > 32 ? List.of() : holders.stream().filter(x -> x.document() != from.document()).toList();
        if (a.isEmpty() && b.isEmpty()) {
          continue;
        }
        sum += weight;
        double toOwners = a.isEmpty() ? 0 : b.isEmpty() ? 1 : 0.7;
        a.forEach(x -> row[x.number()] += weight * toOwners / a.size());
        b.forEach(x -> row[x.number()] += weight * (1 - toOwners) / b.size());
      }
      for (int i = 0; i < n && sum > 0; i++) {
        row[i] /= sum;
      }
    }
    return to;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void isPersonalisedPageRankCutOffAfterTwoSteps(int seed) throws IOException {
    Random random = new Random(seed);
    // Few keys a graph, so that some of them are hubs.
    Lists graph = random(random, 120, seed % 2 == 0 ? 8 : 150);
    List<Massed> seeds = seeds(graph, random, 4);
    double[][] to = matrix(graph);
    int n = graph.nodes.size();
    double[] at = new double[n];
    seeds.forEach(each -> at[each.node().number()] = each.mass());
    double[] expected = new double[n];
    double[] now = at;
    for (int step = 0; step <= 2; step++) {
      double share = step == 0 ? 0.5 : 0.25;
      for (int i = 0; i < n; i++) {
        expected[i] += share * now[i];
      }
      double[] sources = now;
      List<Integer> best = IntStream.range(0, n).boxed().filter(i -> sources[i] > 0)
          .sorted(Comparator.<Integer>comparingDouble(i -> -sources[i]).thenComparingLong(i -> graph.nodes.get(i).tie()))
          .limit(Walk.SOURCES).toList();
      double[] next = new double[n];
      for (int i : best) {
        for (int j = 0; j < n; j++) {
          next[j] += now[i] * to[i][j];
        }
      }
      now = next;
    }

    Map<Node, Double> reached = Walk.from(seeds, graph);

    for (Node node : graph.nodes) {
      assertThat(reached.getOrDefault(node, 0.0)).as("%s", node).isCloseTo(expected[node.number()], within(1e-12));
    }
    assertThat(reached.values().stream().mapToDouble(x -> x).sum()).isLessThanOrEqualTo(1 + 1e-12);
  }

  @Test
  void asksForABoundedNumberOfKeysHoweverManyThereAre() throws IOException {
    Lists graph = new Lists();
    Node hub = graph.add(0);
    for (int i = 1; i <= 10_000; i++) {
      Node leaf = graph.add(i);
      graph.holds.getOrDefault(hub, new TreeSet<>()).add(">leaf" + i);
      graph.owns.getOrDefault(leaf, new TreeSet<>()).add(">leaf" + i);
      graph.holds.getOrDefault(leaf, new TreeSet<>()).add(">hub");
    }
    graph.owns.getOrDefault(hub, new TreeSet<>()).add(">hub");

    Map<Node, Double> reached = Walk.from(List.of(new Massed(hub, 1)), graph);

    assertThat(reached).hasSizeLessThanOrEqualTo(1 + Walk.MOST_KEYS);
    assertThat(graph.asked).isLessThanOrEqualTo((1 + Walk.SOURCES) * (1 + 2 + 1) * Walk.MOST_KEYS);
    // What ten thousand pages link to leads to none of them, but each of them leads to it.
    assertThat(Walk.from(List.of(new Massed(graph.nodes.get(77), 1)), graph).get(hub)).isGreaterThan(0.2);
  }
}
