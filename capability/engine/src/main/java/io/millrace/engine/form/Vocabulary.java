// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import io.millrace.model.tokenizer.Tokenizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * What each token of a model writes, as bytes, ready to be walked by forms. Made once for a model; immutable but for
 * what it remembers, and safe for use by several threads.
 */
public final class Vocabulary {
  /** What is remembered of tokens and states, at most, in bytes. */
  private static final long MEMORY = 64L << 20;

  private final List<byte[]> bytes;
  private final TokenTrie trie;
  private final int[] ends;
  private final int[] silent;
  private final boolean[] writes = new boolean[256];
  private final Memory memory = new Memory(MEMORY);

  private Vocabulary(List<byte[]> bytes, Set<Integer> ends) {
    for (int end : ends) {
      if (end < 0 || end >= bytes.size()) {
        throw new IllegalArgumentException("the token " + end + ", which ends texts, is not among " + bytes.size());
      }
    }
    List<byte[]> written = new ArrayList<>(bytes);
    ends.forEach(end -> written.set(end, new byte[0]));
    this.bytes = List.copyOf(written);
    trie = new TokenTrie(written);
    this.ends = ends.stream().mapToInt(Integer::intValue).sorted().toArray();
    int[] none = new int[bytes.size()];
    int n = 0;
    for (int id = 0; id < bytes.size(); id++) {
      byte[] token = written.get(id);
      if (token.length == 1) {
        writes[token[0] & 0xff] = true;
      } else if (token.length == 0 && !ends.contains(id)) {
        none[n++] = id;
      }
    }
    silent = Arrays.copyOf(none, n);
  }

  /**
   * A vocabulary of tokens as they are.
   *
   * @param bytes of each token by id; none for those that write nothing, such as those that part turns
   * @param ends the tokens that end a text; whatever their bytes, they write nothing
   * @throws IllegalArgumentException when an end is no id of a token
   */
  public static Vocabulary of(List<byte[]> bytes, Set<Integer> ends) {
    return new Vocabulary(bytes, ends);
  }

  /**
   * The vocabulary of a tokenizer.
   *
   * @param ends the tokens that end a text
   * @throws IllegalArgumentException when the tokenizer's tokens are not made of bytes, or an end is none of its ids
   */
  public static Vocabulary of(Tokenizer tokenizer, Set<Integer> ends) {
    List<byte[]> bytes = new ArrayList<>(tokenizer.size());
    for (int id = 0; id < tokenizer.size(); id++) {
      bytes.add(tokenizer.bytes(id));
    }
    return new Vocabulary(bytes, ends);
  }

  /** Number of ids; a model's logits may be more, and the rest of them is never allowed. */
  public int size() {
    return trie.size();
  }

  /** What a token writes; nothing for one that ends texts, or is none of the vocabulary's. */
  byte[] bytes(int token) {
    return token >= 0 && token < bytes.size() ? bytes.get(token) : new byte[0];
  }

  TokenTrie trie() {
    return trie;
  }

  Memory memory() {
    return memory;
  }

  /** Tokens that end a text, ascending. */
  int[] ends() {
    return ends;
  }

  boolean isEnd(int token) {
    return Arrays.binarySearch(ends, token) >= 0;
  }

  /** Tokens that write nothing and end nothing, ascending. */
  int[] silent() {
    return silent;
  }

  boolean isSilent(int token) {
    return Arrays.binarySearch(silent, token) >= 0;
  }

  /** Whether there is a token that writes this byte alone. */
  boolean writes(int b) {
    return writes[b];
  }
}
