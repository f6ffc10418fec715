// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.graph;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What a walk may see of a graph of passages. Passages meet over keys (see {@link PassageKeys}); what a reader may not see is in no
 * answer and in no count.
 */
public interface Edges {

  /**
   * A passage.
   *
   * @param number by which it is known in this snapshot
   * @param tie decides between equals; the same in every index
   * @param document the same for passages of one document, and only for them
   */
  record Node(int number, long tie, long document) {}

  /**
   * Passages at one end of a key.
   *
   * @param nodes in any order; empty where there are too many
   * @param count how many there are; no more than one beyond the bound is counted
   */
  record End(List<Node> nodes, int count) {
    /** Nobody. */
    public static final End NONE = new End(List.of(), 0);

    public End {
      nodes = List.copyOf(nodes);
    }
  }

  /** Returns the keys by which a walk leaves a passage forwards: what it names and links to. */
  List<String> leaving(Node node) throws IOException;

  /** Returns the keys by which a walk leaves it backwards: what it is called and where it is. */
  List<String> owned(Node node) throws IOException;

  /** Returns who owns a key; where too many do, only introductions of documents. */
  End owners(String key) throws IOException;

  /** Returns who holds a key. */
  End holders(String key) throws IOException;

  /** What is to be known about a passage. */
  @FunctionalInterface
  interface Look<T> {

    /**
     * Looks.
     *
     * @param edges to be asked on this thread
     */
    T at(Node node, Edges edges) throws IOException;
  }

  /** Looks at several passages, perhaps by several threads; returns what was seen, in their order. */
  default <T> List<T> ofEach(List<Node> nodes, Look<T> look) throws IOException {
    List<T> seen = new ArrayList<>(nodes.size());
    for (Node node : nodes) {
      seen.add(look.at(node, this));
    }
    return seen;
  }
}
