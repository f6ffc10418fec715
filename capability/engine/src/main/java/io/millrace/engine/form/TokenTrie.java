// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import java.util.Arrays;
import java.util.List;

/**
 * The tokens of a vocabulary as a tree of bytes, laid out in preorder: a walk reads the arrays from front to back, and
 * leaves out what is below a node by going to its end. Immutable.
 */
final class TokenTrie {
  static final int ROOT = 0;

  private final int size;
  /**
   * For each node the byte that leads to it, its depth, and the first node that is not below it; read by walks, never
   * written.
   */
  final byte[] labels;
  final short[] depths;
  final int[] ends;
  /** For each node where its tokens begin in {@link #tokens}; they end where the next node's begin. */
  final int[] first;
  private final int[] tokens;
  /** For each node the {@linkplain ByteCategory categories} of all bytes below it. */
  final long[] below;
  /** For each node the categories of the bytes that lead to its children. */
  private final long[] children;
  private final int longest;

  /**
   * A tree of tokens.
   *
   * @param bytes of each token by id; those without bytes are left out
   */
  TokenTrie(List<byte[]> bytes) {
    size = bytes.size();
    Integer[] sorted = new Integer[size];
    Arrays.setAll(sorted, i -> i);
    Arrays.sort(sorted, (a, b) -> Arrays.compareUnsigned(bytes.get(a), bytes.get(b)));
    int written = 0;
    int total = 1;
    for (byte[] token : bytes) {
      written += token.length > 0 ? 1 : 0;
      total += token.length;
    }
    tokens = new int[written];
    byte[] label = new byte[total];
    short[] depth = new short[total];
    int[] end = new int[total];
    int[] from = new int[total + 1];
    int[] path = new int[Short.MAX_VALUE + 1];
    int nodes = 1;
    int deep = 0;
    int longestToken = 0;
    int n = 0;
    byte[] before = {};
    for (int id : sorted) {
      byte[] token = bytes.get(id);
      if (token.length == 0) {
        continue;
      }
      if (token.length > Short.MAX_VALUE) {
        throw new IllegalArgumentException("token " + id + " has " + token.length + " bytes, more than "
            + Short.MAX_VALUE);
      }
      int same = Arrays.mismatch(before, token);
      same = same < 0 ? token.length : same;
      while (deep > same) {
        end[path[deep--]] = nodes;
      }
      while (deep < token.length) {
        path[++deep] = nodes;
        label[nodes] = token[deep - 1];
        depth[nodes] = (short) deep;
        from[nodes++] = n;
      }
      tokens[n++] = id;
      from[nodes] = n;
      longestToken = Math.max(longestToken, token.length);
      before = token;
    }
    while (deep >= 0) {
      end[path[deep--]] = nodes;
    }
    from[nodes] = n;
    labels = Arrays.copyOf(label, nodes);
    depths = Arrays.copyOf(depth, nodes);
    ends = Arrays.copyOf(end, nodes);
    first = Arrays.copyOf(from, nodes + 1);
    longest = longestToken;
    below = new long[nodes];
    children = new long[nodes];
    for (int node = nodes - 1; node >= 0; node--) {
      for (int child = node + 1; child < ends[node]; child = ends[child]) {
        children[node] |= ByteCategory.bit(label(child));
        below[node] |= below[child];
      }
      below[node] |= children[node];
    }
  }

  /** Number of ids, those without bytes included. */
  int size() {
    return size;
  }

  int nodes() {
    return labels.length;
  }

  /** Bytes of the longest token. */
  int longest() {
    return longest;
  }

  /** The byte that leads to a node. */
  int label(int node) {
    return labels[node] & 0xff;
  }

  /** Bytes from the root to a node. */
  int depth(int node) {
    return depths[node];
  }

  /** The first node that is not below this one. */
  int end(int node) {
    return ends[node];
  }

  boolean hasChildren(int node) {
    return ends[node] > node + 1;
  }

  boolean hasTokens(int node) {
    return first[node] < first[node + 1];
  }

  /** Where the tokens begin that end at a node. */
  int firstToken(int node) {
    return first[node];
  }

  /** The tokens in the order of their bytes; those of a node and all below it stand together. */
  int[] tokens() {
    return tokens;
  }

  /** Whether a byte of these categories may lead to a child. */
  boolean hasChildren(int node, long categories) {
    return (children[node] & categories) != 0;
  }

  /** The child to which a byte leads, or -1. */
  int child(int node, int b) {
    for (int n = node + 1; n < ends[node]; n = ends[n]) {
      if (label(n) == b) {
        return n;
      }
    }
    return -1;
  }
}
