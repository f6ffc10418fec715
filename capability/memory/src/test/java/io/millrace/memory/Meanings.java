// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.spi.Embedder;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/** Embeddings that are quick, and near where words, or words of one meaning, are shared: sums of a random direction a word, or a meaning that words share. */
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
    float[] sum = new float[dimension];
    for (String word : text.toLowerCase(Locale.ROOT).split("[\\s.,›]+")) {
      Random direction = new Random(SHARED.getOrDefault(word, word).hashCode());
      for (int i = 0; i < dimension; i++) {
        sum[i] += (float) direction.nextGaussian();
      }
    }
    return Vectors.toUnitLength(sum);
  }

  @Override
  public void close() {}
}
