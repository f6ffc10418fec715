// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.graph;

import io.millrace.memory.graph.Edges.End;
import io.millrace.memory.graph.Edges.Node;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How near passages are to those that a search begins with: personalised PageRank (Haveliwala, "Topic-Sensitive PageRank", WWW 2002),
 * cut off after two steps, over passages and the keys that they share, as HippoRAG does it (Gutiérrez et al., NeurIPS 2024). There
 * the specificity of a name is one over the passages that have it; here names of many weigh less by the logarithm, since they are
 * counted up to a bound only.
 *
 * <p>A step leaves a passage by one of its keys and arrives at one of the passages at the key's other end. Passages of one document say
 * nothing for each other. The order in which floating-point numbers are added depends on nothing but passages and keys, so that equal
 * content has equal scores wherever it lies.
 */
public final class Walk {

  /** Passages from which each step goes on. */
  public static final int SOURCES = 6;

  /** Passages that may be at one end of a key; what more passages name says nothing. */
  public static final int MOST_AT_END = 32;

  /** Keys by which a step leaves a passage, names and places each. */
  public static final int MOST_KEYS = 8;

  /** What is left of a walk at each step. */
  public static final double DAMPING = 0.5;

  /** Of those who meet at a key its owners are more likely to be meant than others who merely name it. */
  private static final double OWNERS_SHARE = 0.7;

  /** To be named says less than to name. */
  private static final double BACKWARD = 0.5;

  private Walk() {}

  /**
   * A passage with a probability.
   *
   * @param mass from 0 to 1
   */
  public record Massed(Node node, double mass) {
    /** The order in which sources are taken. */
    public static final Comparator<Massed> MOST_FIRST =
        Comparator.comparingDouble(Massed::mass).reversed().thenComparingLong(each -> each.node().tie());
  }

  /** A way out of a passage. */
  private record Way(double weight, List<Node> owners, List<Node> holders) {}

  /**
   * Walks.
   *
   * @param seeds where walks begin, each passage once; masses add up to 1 at most
   * @return the probability of being at a passage, seeds included, from 0 to 1
   */
  public static Map<Node, Double> from(List<Massed> seeds, Edges edges) throws IOException {
    Map<Node, Double> reached = new LinkedHashMap<>();
    List<Massed> at = seeds.stream().sorted(Massed.MOST_FIRST).toList();
    double left = 1;
    for (int step = 0; step <= 2; step++) {
      double share = step == 2 ? left : left * (1 - DAMPING);
      at.forEach(each -> reached.merge(each.node(), share * each.mass(), Double::sum));
      left *= DAMPING;
      if (step < 2) {
        at = step(at.stream().limit(SOURCES).toList(), edges);
      }
    }
    return reached;
  }

  private static List<Massed> step(List<Massed> sources, Edges edges) throws IOException {
    List<List<Way>> all = edges.ofEach(sources.stream().map(Massed::node).toList(), Walk::ways);
    Map<Node, Double> next = new LinkedHashMap<>();
    for (int i = 0; i < sources.size(); i++) {
      Massed source = sources.get(i);
      List<Way> ways = all.get(i);
      double sum = 0;
      for (Way way : ways) {
        sum += way.weight();
      }
      for (Way way : ways) {
        double mass = source.mass() * way.weight() / sum;
        double toOwners = way.owners().isEmpty() ? 0 : way.holders().isEmpty() ? 1 : OWNERS_SHARE;
        way.owners().forEach(node -> next.merge(node, mass * toOwners / way.owners().size(), Double::sum));
        way.holders().forEach(node -> next.merge(node, mass * (1 - toOwners) / way.holders().size(), Double::sum));
      }
    }
    List<Massed> reached = new ArrayList<>(next.size());
    next.forEach((node, mass) -> reached.add(new Massed(node, mass)));
    reached.sort(Massed.MOST_FIRST);
    return reached;
  }

  private static List<Way> ways(Node from, Edges edges) throws IOException {
    List<Way> ways = new ArrayList<>();
    List<String> leaving = edges.leaving(from);
    for (String key : PassageKeys.mostTelling(leaving, PassageKeys.PLACE, MOST_KEYS)) {
      add(1, edges.owners(key), End.NONE, from, ways);
    }
    for (String key : PassageKeys.mostTelling(leaving, PassageKeys.NAME, MOST_KEYS)) {
      add(1, edges.owners(key), edges.holders(key), from, ways);
    }
    for (String key : edges.owned(from).stream().sorted(PassageKeys.TELLING).limit(MOST_KEYS).toList()) {
      add(BACKWARD, End.NONE, edges.holders(key), from, ways);
    }
    return ways;
  }

  private static void add(double weight, End owners, End holders, Node from, List<Way> ways) {
    List<Node> otherOwners = elsewhere(owners, from);
    List<Node> otherHolders = elsewhere(holders, from);
    if (!otherOwners.isEmpty() || !otherHolders.isEmpty()) {
      ways.add(new Way(weight / (1 + Math.log(owners.count() + holders.count())), otherOwners, otherHolders));
    }
  }

  private static List<Node> elsewhere(End end, Node from) {
    return end.nodes().stream().filter(node -> node.document() != from.document()).toList();
  }
}
