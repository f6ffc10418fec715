// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.memory.graph.Edges.End;
import io.millrace.memory.graph.Edges.Node;
import io.millrace.memory.graph.Walk;
import io.millrace.memory.graph.Walk.Massed;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How near passages are, in the graph of names and links, to what a question names and to the best of what words and meaning found.
 * Of two pages of which one leads to the other, a question describes the first, and the answer may stand in the second.
 */
final class GraphNearness {

  /** Candidates from which a walk begins; each counts by how far it stands above the one after them. */
  private static final int SEEDS = 5;

  /** What each has besides, so that scores that are equal but for rounding do not come to differ. */
  private static final double LEAST = 0.05;

  /** What a question names begins with so much of all where it names anything. */
  private static final double NAMED_SHARE = 0.3;

  /** Seeds whose text is read for titles that it mentions. */
  private static final int READ = 2;

  /** Passages that only the graph proposes, at most. */
  private static final int PROPOSED = 24;

  /** The probability whose score is one half: about that of one link among five from a candidate that stands out. */
  private static final double HALF = 0.05;

  private static final double ROUNDING = 1e-9;

  private final Map<Integer, Double> scores = new HashMap<>();
  private final List<Massed> nearest = new ArrayList<>();

  private GraphNearness(Map<Node, Double> reached) {
    reached.forEach((node, mass) -> {
      scores.put(node.number(), mass / (mass + HALF));
      nearest.add(new Massed(node, mass));
    });
    nearest.sort(Massed.MOST_FIRST);
  }

  /**
   * Walks.
   *
   * @param fused what words, meaning and names found, best first
   */
  static GraphNearness of(String question, List<Fusion.Fused> fused, PassageEdges edges) throws IOException {
    Map<Node, Double> named = named(question, edges);
    Map<Node, Double> masses = new LinkedHashMap<>();
    double forNamed = named.isEmpty() ? 0 : NAMED_SHARE;
    named.forEach((node, mass) -> masses.merge(node, forNamed * mass, Double::sum));
    double floor = fused.size() > SEEDS ? fused.get(SEEDS).score() : 0;
    List<Fusion.Fused> best = fused.stream().limit(SEEDS).toList();
    double sum = best.stream().mapToDouble(each -> each.score() - floor + LEAST).sum();
    for (Fusion.Fused each : best) {
      masses.merge(edges.node(each.doc()), (1 - forNamed) * (each.score() - floor + LEAST) / sum, Double::sum);
    }
    List<Massed> seeds = new ArrayList<>(masses.size());
    masses.forEach((node, mass) -> seeds.add(new Massed(node, mass)));
    seeds.sort(Massed.MOST_FIRST);
    seeds.stream().limit(READ).forEach(each -> edges.readText(each.node()));
    Map<Node, Double> reached = Walk.from(seeds, edges);
    // Where nothing leads anywhere the graph knows no more than the search did.
    return new GraphNearness(arrives(seeds, reached) ? reached : Map.of());
  }

  private static boolean arrives(List<Massed> seeds, Map<Node, Double> reached) {
    double stayed = (1 - Walk.DAMPING) * seeds.stream().mapToDouble(Massed::mass).sum();
    return reached.values().stream().mapToDouble(Double::doubleValue).sum() > stayed + ROUNDING;
  }

  /** What a question names, in equal parts; a name that nobody owns leads to those who hold it. */
  private static Map<Node, Double> named(String question, PassageEdges edges) throws IOException {
    List<List<Node>> meant = new ArrayList<>();
    for (String key : edges.named(question)) {
      End owners = edges.owners(key);
      List<Node> nodes = owners.nodes().isEmpty() ? edges.holders(key).nodes() : owners.nodes();
      if (!nodes.isEmpty()) {
        meant.add(nodes);
      }
    }
    Map<Node, Double> named = new LinkedHashMap<>();
    for (List<Node> nodes : meant) {
      nodes.forEach(node -> named.merge(node, 1.0 / meant.size() / nodes.size(), Double::sum));
    }
    return named;
  }

  /** Returns how near a passage is, from 0 to 1: one half at a probability of {@value #HALF}. */
  double of(int doc) {
    return scores.getOrDefault(doc, 0.0);
  }

  /** Returns the probability of a score. */
  static double raw(double score) {
    return score * HALF / (1 - score);
  }

  /** Returns the nearest passages that nobody else proposed. */
  Set<Integer> proposed(Set<Integer> known) {
    Set<Integer> proposed = new LinkedHashSet<>();
    nearest.stream().map(each -> each.node().number()).filter(doc -> !known.contains(doc)).limit(PROPOSED).forEach(proposed::add);
    return proposed;
  }
}
