// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.memory;

import io.millrace.core.spi.CosineScale;
import io.millrace.core.spi.Embedder;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * An embedder that embeds each text once: the same questions are asked of indexes in many states, which hold the same passages.
 *
 * @param embedder that does the work; not closed with this
 */
record RememberedTexts(Embedder embedder, Map<String, float[]> passages, Map<String, float[]> queries) implements Embedder {

  RememberedTexts(Embedder embedder) {
    this(embedder, new ConcurrentHashMap<>(), new ConcurrentHashMap<>());
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
    // Those of a batch together: the embedder sorts them by length.
    List<String> unknown = texts.stream().filter(text -> !passages.containsKey(text)).distinct().toList();
    List<float[]> embeddings = embedder.embedPassages(unknown);
    for (int i = 0; i < unknown.size(); i++) {
      passages.put(unknown.get(i), embeddings.get(i));
    }
    return texts.stream().map(passages::get).toList();
  }

  @Override
  public List<float[]> embedQueries(List<String> texts) {
    return texts.stream()
        .map(text -> queries.computeIfAbsent(text, each -> embedder.embedQueries(List.of(each)).getFirst()))
        .toList();
  }

  @Override
  public CosineScale cosines() {
    return embedder.cosines();
  }

  @Override
  public void close() {}
}
