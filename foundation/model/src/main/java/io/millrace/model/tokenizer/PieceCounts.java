// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.tokenizer;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** How often each piece of pre-tokenized text occurs; counted by several threads, batch by batch. */
final class PieceCounts {
  /** Characters that one thread counts at a time; bounds the memory of the maps in flight. */
  private static final int BATCH = 1 << 20;

  private final List<String> specialTokens;

  PieceCounts(List<String> specialTokens) {
    this.specialTokens = specialTokens;
  }

  /** Counts all pieces; special tokens part texts and are not counted. */
  Map<String, Long> count(Iterator<String> texts, int threads) {
    Map<String, Long> total = new HashMap<>();
    try (ExecutorService pool = Executors.newFixedThreadPool(threads, r -> new Thread(r, "bpe-count"))) {
      Deque<Future<Map<String, Counter>>> inFlight = new ArrayDeque<>();
      while (texts.hasNext()) {
        List<String> batch = nextBatch(texts);
        inFlight.add(pool.submit(() -> countBatch(batch)));
        if (inFlight.size() > 2 * threads) {
          addTo(total, inFlight.remove());
        }
      }
      while (!inFlight.isEmpty()) {
        addTo(total, inFlight.remove());
      }
    }
    return total;
  }

  private static List<String> nextBatch(Iterator<String> texts) {
    List<String> batch = new ArrayList<>();
    for (int chars = 0; chars < BATCH && texts.hasNext(); ) {
      String text = texts.next();
      batch.add(text);
      chars += text.length() + 1;
    }
    return batch;
  }

  private static void addTo(Map<String, Long> total, Future<Map<String, Counter>> batch) {
    try {
      batch.get().forEach((piece, c) -> total.merge(piece, c.n, Long::sum));
    } catch (ExecutionException e) {
      throw new IllegalStateException("counting failed", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while counting", e);
    }
  }

  private static final class Counter {
    private long n;
  }

  private Map<String, Counter> countBatch(List<String> batch) {
    Map<String, Counter> counts = new HashMap<>();
    for (String text : batch) {
      int from = 0;
      while (from < text.length()) {
        int[] special = nextSpecial(text, from);
        int to = special == null ? text.length() : special[0];
        countPieces(text.substring(from, to), counts);
        from = special == null ? to : special[1];
      }
    }
    return counts;
  }

  private static void countPieces(String text, Map<String, Counter> counts) {
    for (int i = 0; i < text.length(); ) {
      int end = PreTokenizer.end(text, i);
      counts.computeIfAbsent(text.substring(i, end), k -> new Counter()).n++;
      i = end;
    }
  }

  private int @Nullable [] nextSpecial(String text, int from) {
    int[] first = null;
    for (String special : specialTokens) {
      int at = text.indexOf(special, from);
      if (at >= 0 && (first == null || at < first[0])) {
        first = new int[] {at, at + special.length()};
      }
    }
    return first;
  }
}
