// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.spi.Embedder;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** {@link WordVectors} in which some words have one meaning. */
record Meanings(String name, int dimension) implements Embedder {
  private static final Map<String, String> SHARED = Map.of("automobile", "car", "轿车", "汽车");

  @Override
  public String model() {
    return "meanings-" + name;
  }

  @Override
  public List<float[]> embedQueries(List<String> texts) {
    return embedPassages(texts);
  }

  @Override
  public List<float[]> embedPassages(List<String> texts) {
    List<float[]> vectors = new ArrayList<>();
    texts.forEach(text -> vectors.add(vector(text)));
    return vectors;
  }

  private float[] vector(String text) {
    return new WordVectors(name, dimension)
        .vector(
            Arrays.stream(text.toLowerCase(Locale.ROOT).split("[\\s.,›]+"))
                .map(word -> SHARED.getOrDefault(word, word))
                .collect(Collectors.joining(" ")));
  }

  @Override
  public void close() {}
}
