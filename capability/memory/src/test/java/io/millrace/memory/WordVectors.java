// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.spi.CosineScale;
import io.millrace.core.spi.Embedder;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Sums of a random direction a word: near where words are shared, and quick. */
record WordVectors(String name, int dimension, CosineScale cosines) implements Embedder {

  WordVectors(String name, int dimension) {
    this(name, dimension, CosineScale.PLAIN);
  }

  @Override
  public String model() {
    return "words-" + name;
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

  float[] vector(String text) {
    float[] sum = new float[dimension];
    for (String word : text.split("\\s+")) {
      Random direction = new Random(word.hashCode());
      for (int i = 0; i < dimension; i++) {
        sum[i] += (float) direction.nextGaussian();
      }
    }
    return Vectors.toUnitLength(sum);
  }

  @Override
  public void close() {}
}
