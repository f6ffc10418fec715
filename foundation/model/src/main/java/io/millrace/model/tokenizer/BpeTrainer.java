// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.tokenizer;

import io.millrace.model.tokenizer.BpeVocabulary.Merge;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * Learns byte-level byte-pair encoding: again and again the most frequent pair of neighbours becomes one token.
 *
 * <p>Equally frequent pairs are ranked by their bytes, the greater left side first, then the greater right side, so
 * the result depends on the texts alone. Counts are kept incrementally: a merge visits only the words it occurs in;
 * a pair's count hardly ever grows after the merge that created it, so a heap with lazily corrected entries suffices
 * (Sennrich et al., Neural Machine Translation of Rare Words with Subword Units, 2016).
 */
public final class BpeTrainer {
  private final int vocabularySize;
  private final List<String> specialTokens;
  private final int threads;

  /**
   * A trainer for vocabularies of so many ids, special tokens and the 256 bytes included.
   *
   * @throws IllegalArgumentException when the size leaves no room for bytes and special tokens
   */
  public BpeTrainer(int vocabularySize, List<String> specialTokens, int threads) {
    if (vocabularySize < 256 + specialTokens.size()) {
      throw new IllegalArgumentException("vocabulary size " + vocabularySize + " is less than 256 bytes and "
          + specialTokens.size() + " special tokens");
    }
    if (new HashSet<>(specialTokens).size() != specialTokens.size() || specialTokens.contains("")) {
      throw new IllegalArgumentException("special tokens must be distinct and not empty: " + specialTokens);
    }
    this.vocabularySize = vocabularySize;
    this.specialTokens = List.copyOf(specialTokens);
    this.threads = threads;
  }

  /** A trainer with the usual special tokens, on all processors. */
  public static BpeTrainer ofSize(int vocabularySize) {
    return new BpeTrainer(vocabularySize, SpecialToken.texts(), Runtime.getRuntime().availableProcessors());
  }

  /** Learns from texts, each read once; fewer tokens come out when the texts offer no more pairs. */
  public BpeVocabulary train(Iterator<String> texts) {
    Words words = new Words(new PieceCounts(specialTokens).count(texts, threads));
    return merge(words);
  }

  private record Candidate(int pair, long count) {}

  private BpeVocabulary merge(Words words) {
    List<byte[]> tokens = new ArrayList<>();
    for (int i = 0; i < 256; i++) {
      tokens.add(new byte[] {(byte) i}); // within training, a byte's token is its value
    }
    PairTable pairs = words.pairs;
    PriorityQueue<Candidate> heap = new PriorityQueue<>(1024, (x, y) -> {
      if (x.count != y.count) {
        return Long.compare(y.count, x.count);
      }
      int left = Arrays.compareUnsigned(tokens.get(pairs.left(y.pair)), tokens.get(pairs.left(x.pair)));
      return left != 0 ? left
          : Arrays.compareUnsigned(tokens.get(pairs.right(y.pair)), tokens.get(pairs.right(x.pair)));
    });
    int known = offerNew(heap, pairs, 0);
    List<Merge> merges = new ArrayList<>();
    Set<Integer> merged = new HashSet<>();
    Map<ByteBuffer, Integer> ids = new HashMap<>();
    while (tokens.size() + specialTokens.size() < vocabularySize && !heap.isEmpty()) {
      Candidate best = heap.remove();
      long count = pairs.count(best.pair);
      if (count != best.count) { // went down since it was offered
        if (count > 0) {
          heap.add(new Candidate(best.pair, count));
        }
        continue;
      }
      byte[] left = tokens.get(pairs.left(best.pair));
      byte[] right = tokens.get(pairs.right(best.pair));
      byte[] joined = Arrays.copyOf(left, left.length + right.length);
      System.arraycopy(right, 0, joined, left.length, right.length);
      if (merged.add(best.pair)) {
        merges.add(new Merge(left, right));
      }
      Integer same = ids.putIfAbsent(ByteBuffer.wrap(joined), tokens.size());
      if (same == null) {
        tokens.add(joined);
        words.merge(best.pair, tokens.size() - 1);
      } else {
        // Two ways to spell one token, as in runs of dashes: here alone the counts of known pairs grow.
        for (int pair : words.merge(best.pair, same)) {
          heap.add(new Candidate(pair, pairs.count(pair)));
        }
      }
      known = offerNew(heap, pairs, known);
    }
    return new BpeVocabulary(specialTokens, inOrderOfIds(tokens), merges);
  }

  private static int offerNew(PriorityQueue<Candidate> heap, PairTable pairs, int known) {
    for (int pair = known; pair < pairs.size(); pair++) {
      if (pairs.count(pair) > 0) {
        heap.add(new Candidate(pair, pairs.count(pair)));
      }
    }
    return pairs.size();
  }

  private static List<byte[]> inOrderOfIds(List<byte[]> tokens) {
    List<byte[]> ordered = new ArrayList<>(tokens);
    for (int i = 0; i < 256; i++) {
      ordered.set(i, tokens.get(ByteAlphabet.byteAt(i)));
    }
    return ordered;
  }

  /** The distinct pieces as sequences of tokens, shortened in place by each merge. */
  private static final class Words {
    private final PairTable pairs = new PairTable();
    private final int[] tokens;
    private final int[] starts;
    private final int[] lengths;
    private final long[] counts;

    Words(Map<String, Long> pieces) {
      starts = new int[pieces.size()];
      lengths = new int[pieces.size()];
      counts = new long[pieces.size()];
      List<byte[]> bytes = new ArrayList<>(pieces.size());
      int total = 0;
      for (Map.Entry<String, Long> piece : pieces.entrySet()) {
        int word = bytes.size();
        byte[] utf8 = piece.getKey().getBytes(StandardCharsets.UTF_8);
        bytes.add(utf8);
        counts[word] = piece.getValue();
        starts[word] = total;
        lengths[word] = utf8.length;
        total = Math.addExact(total, utf8.length);
      }
      tokens = new int[total];
      for (int word = 0; word < starts.length; word++) {
        byte[] utf8 = bytes.get(word);
        for (int i = 0; i < utf8.length; i++) {
          tokens[starts[word] + i] = utf8[i] & 0xff;
        }
        for (int i = 0; i + 1 < utf8.length; i++) {
          pairs.add(PairTable.key(utf8[i] & 0xff, utf8[i + 1] & 0xff), counts[word], word);
        }
      }
    }

    /** Merges the pair everywhere and returns the pairs that became more frequent. */
    Set<Integer> merge(int pair, int joined) {
      Set<Integer> grown = new HashSet<>();
      int[] where = pairs.words(pair);
      int left = pairs.left(pair);
      int right = pairs.right(pair);
      pairs.dropWords(pair);
      for (int word : where) {
        mergeIn(word, left, right, joined, grown);
      }
      return grown;
    }

    private void mergeIn(int word, int left, int right, int joined, Set<Integer> grown) {
      int start = starts[word];
      int end = start + lengths[word];
      long n = counts[word];
      int out = start;
      for (int i = start; i < end; ) {
        if (i + 1 < end && tokens[i] == left && tokens[i + 1] == right) {
          pairs.subtract(PairTable.key(left, right), n);
          if (out > start) {
            pairs.subtract(PairTable.key(tokens[out - 1], left), n);
            grown.add(pairs.add(PairTable.key(tokens[out - 1], joined), n, word));
          }
          if (i + 2 < end) {
            pairs.subtract(PairTable.key(right, tokens[i + 2]), n);
            grown.add(pairs.add(PairTable.key(joined, tokens[i + 2]), n, word));
          }
          tokens[out++] = joined;
          i += 2;
        } else {
          tokens[out++] = tokens[i++];
        }
      }
      lengths[word] = out - start;
    }
  }
}
