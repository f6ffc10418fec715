// SPDX-License-Identifier: Apache-2.0
package io.millrace.recommend;

import io.millrace.core.spi.Neighbours;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Likeness of documents' contents during one request; each embedding is looked up once. */
final class Likeness {

  /** Cosines of bge embeddings hardly fall below this, whatever the texts. */
  private static final double UNRELATED = 0.5;

  private final Neighbours neighbours;
  private final Map<String, Optional<float[]>> embeddings = new HashMap<>();

  Likeness(Neighbours neighbours) {
    this.neighbours = neighbours;
  }

  /** Returns 1 for equal contents, 0 for unrelated ones and where one has no embedding or another language's. */
  double of(String a, String b) {
    float[] one = embedding(a);
    float[] other = embedding(b);
    if (one.length == 0 || one.length != other.length) {
      return 0;
    }
    float cosine = 0;
    for (int i = 0; i < one.length; i++) {
      cosine += one[i] * other[i];
    }
    return Math.clamp((cosine - UNRELATED) / (1 - UNRELATED), 0, 1);
  }

  private float[] embedding(String document) {
    return embeddings.computeIfAbsent(document, neighbours::embedding).orElse(NONE);
  }

  private static final float[] NONE = {};
}
