// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.memory;

import io.millrace.core.spi.Embedder;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * An embedder that embeds each question once: the same ones are asked of one index in many states.
 *
 * @param embedder that does the work; not closed with this
 */
record RememberedQueries(Embedder embedder, Map<String, float[]> known) implements Embedder {

  RememberedQueries(Embedder embedder) {
    this(embedder, new ConcurrentHashMap<>());
  }

  @Override
  public String model() {
    return embedder.model();
  }

  @Override
  public int dimension() {
    return embedder.dimension();
  }

  @Override
  public List<float[]> embedPassages(List<String> texts) {
    return embedder.embedPassages(texts);
  }

  @Override
  public List<float[]> embedQueries(List<String> texts) {
    return texts.stream()
        .map(text -> known.computeIfAbsent(text, each -> embedder.embedQueries(List.of(each)).getFirst()))
        .toList();
  }

  @Override
  public void close() {}
}
