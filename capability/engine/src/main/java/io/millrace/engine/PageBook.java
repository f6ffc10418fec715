// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.engine.kernel.KvPages;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Which page of the cache holds what. A full page is known by its tokens and all tokens before it: full pages form a radix
 * tree whose edges are pages (Zheng et al., SGLang's RadixAttention, 2024), so that sequences with a common beginning share
 * it, also after the one that read it has ended. Pages nobody uses are given away from the leaves, the longest unused first.
 * For one thread.
 */
final class PageBook {
  private static final int PAGE = KvPages.POSITIONS;

  /** A full page. */
  private static final class Node {
    private final @Nullable Node parent;
    private final Object space;
    private final Block tokens;
    private final int page;
    private final Map<Block, Node> children = new HashMap<>();
    private int users;
    private long lastUsed;

    Node(@Nullable Node parent, Object space, Block tokens, int page) {
      this.parent = parent;
      this.space = space;
      this.tokens = tokens;
      this.page = page;
    }

    boolean idle() {
      return users == 0 && children.isEmpty();
    }
  }

  /**
   * The tokens of a page, compared by value.
   *
   * @param given how many of them were given and not written, where that makes a difference
   */
  private record Block(int[] tokens, int given) {
    static Block of(int[] tokens, int index, Claim claim) {
      return new Block(Arrays.copyOfRange(tokens, index * PAGE, (index + 1) * PAGE),
          Math.clamp((long) claim.given - (long) index * PAGE, 0, PAGE));
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Block(int[] others, int theirs) && given == theirs && Arrays.equals(tokens, others);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(tokens) + given;
    }
  }

  /** What one sequence holds. */
  static final class Claim {
    private final PageTable table = new PageTable();
    private final List<Node> shared = new ArrayList<>(); // the first pages of the table
    private final Object space;
    private final int given;

    /**
     * Nothing yet.
     *
     * @param space sequences of different spaces share nothing, as their keys and values differ: one for each adapter
     * @param given the first so many tokens share no page with tokens that are none of the first of theirs; the largest number
     *     where that makes no difference
     */
    Claim(Object space, int given) {
      this.space = space;
      this.given = given;
    }

    /** Nothing yet, of a sequence for which it makes no difference which tokens were given. */
    Claim(Object space) {
      this(space, Integer.MAX_VALUE);
    }

    /** Whether both may use the same pages for their first positions, if their tokens are the same. */
    boolean sharesWith(Claim other, int positions) {
      return space.equals(other.space) && Math.min(given, positions) == Math.min(other.given, positions);
    }

    PageTable table() {
      return table;
    }
  }

  private final int count;
  private final int[] free;
  private int freeCount;
  private int heldNodes; // nodes that sequences use
  private int nodes;
  private long clock;
  private final Map<Object, Map<Block, Node>> roots = new HashMap<>();
  private final TreeSet<Node> idle =
      new TreeSet<>(Comparator.<Node>comparingLong(n -> n.lastUsed).thenComparingInt(n -> n.page));

  /** A book of so many pages, all free. */
  PageBook(int count) {
    this.count = count;
    free = new int[count];
    for (int i = 0; i < count; i++) {
      free[i] = count - 1 - i;
    }
    freeCount = count;
  }

  int count() {
    return count;
  }

  /** Pages that can be had: free, or kept for nobody in particular. */
  int available() {
    return freeCount + nodes - heldNodes;
  }

  /** Share of the pages that sequences hold. */
  double use() {
    return count == 0 ? 0 : 1 - (double) available() / count;
  }

  /** Pages of a beginning that are known already, of the first {@code limit} tokens. */
  int known(Claim claim, int[] tokens, int limit) {
    Map<Block, Node> level = roots.getOrDefault(claim.space, Map.of());
    int found = 0;
    while ((found + 1) * PAGE <= limit) {
      Node next = level.get(Block.of(tokens, found, claim));
      if (next == null) {
        break;
      }
      level = next.children;
      found++;
    }
    return found;
  }

  /**
   * Takes over pages that hold what comes next in a sequence, and have been read already. Only where it has read whole
   * pages so far.
   *
   * @param limit at most so many of its tokens are to count as read
   * @return positions gained
   */
  int match(Claim claim, int[] tokens, int limit) {
    PageTable table = claim.table;
    if (table.size() != claim.shared.size() * PAGE || table.count() > claim.shared.size()) {
      return 0;
    }
    int before = table.size();
    while (table.size() + PAGE <= limit) {
      Map<Block, Node> known =
          claim.shared.isEmpty() ? roots.getOrDefault(claim.space, Map.of()) : claim.shared.getLast().children;
      Node next = known.get(Block.of(tokens, claim.shared.size(), claim));
      if (next == null) {
        break;
      }
      use(next);
      claim.shared.add(next);
      table.add(next.page);
      table.size(table.size() + PAGE);
    }
    return table.size() - before;
  }

  private void use(Node node) {
    if (node.users++ == 0) {
      idle.remove(node);
      heldNodes++;
    }
  }

  /** Gets pages for so many positions; false when there are no more to be had. What was got before is kept. */
  boolean grow(Claim claim, int positions) {
    while (claim.table.capacity() < positions) {
      if (freeCount == 0 && !evict()) {
        return false;
      }
      claim.table.add(free[--freeCount]);
    }
    return true;
  }

  private boolean evict() {
    Node oldest = idle.pollFirst();
    if (oldest == null) {
      return false;
    }
    free[freeCount++] = oldest.page;
    nodes--;
    Node parent = oldest.parent;
    if (parent != null) {
      parent.children.remove(oldest.tokens);
      if (parent.idle()) {
        idle.add(parent);
      }
    } else {
      Map<Block, Node> top = roots.getOrDefault(oldest.space, new HashMap<>());
      top.remove(oldest.tokens);
      if (top.isEmpty()) {
        roots.remove(oldest.space); // an adapter that is gone leaves nothing behind
      }
    }
    return true;
  }

  /** Enters the pages that have become full, so that others find them; a page that is known already is shared instead. */
  void settle(Claim claim, int[] tokens) {
    while ((claim.shared.size() + 1) * PAGE <= claim.table.size()) {
      int index = claim.shared.size();
      Block block = Block.of(tokens, index, claim);
      Map<Block, Node> siblings = index == 0
          ? roots.computeIfAbsent(claim.space, s -> new HashMap<>()) : claim.shared.getLast().children;
      Node node = siblings.get(block);
      int own = claim.table.pages()[index];
      if (node == null) {
        node = new Node(index == 0 ? null : claim.shared.getLast(), claim.space, block, own);
        siblings.put(block, node); // under a node that this claim uses, so none that is idle gets a child
        nodes++;
        node.users = 1;
        heldNodes++;
      } else { // two sequences read the same at the same time; their numbers are equal to the bit (a draft's nearly)
        use(node);
        claim.table.replace(index, node.page);
        free[freeCount++] = own;
      }
      claim.shared.add(node);
    }
  }

  /** Gives everything back; full pages are kept for others until their place is needed. */
  void release(Claim claim) {
    for (int i = claim.shared.size(); i < claim.table.count(); i++) {
      free[freeCount++] = claim.table.pages()[i];
    }
    for (Node node : claim.shared.reversed()) {
      if (--node.users == 0) {
        heldNodes--;
        node.lastUsed = clock++; // leaves before what they hang on
        if (node.idle()) {
          idle.add(node);
        }
      }
    }
    claim.shared.clear();
    claim.table.clear();
  }
}
