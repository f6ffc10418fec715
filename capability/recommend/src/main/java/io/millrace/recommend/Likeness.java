// SPDX-License-Identifier: Apache-2.0
package io.millrace.recommend;

import io.millrace.core.spi.Access;
import io.millrace.core.spi.Neighbours;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Likeness of documents' contents during one request; each embedding is looked up once. */
final class Likeness {

  /** Cosines of bge embeddings hardly fall below this, whatever the texts. */
  private static final double UNRELATED = 0.5;

  private static final float[] NONE = {};

  private final Neighbours neighbours;
  private final Access access;
  private final Map<String, Optional<float[]>> embeddings = new HashMap<>();

  Likeness(Neighbours neighbours, Access access) {
    this.neighbours = neighbours;
    this.access = access;
  }

  /** Returns 1 for equal contents, 0 for unrelated ones and where one has no embedding or another language's. */
  double of(String a, String b) {
    float[] one = embedding(a);
    float[] other = embedding(b);
    if (one.length == 0 || one.length != other.length) {
      return 0;
    }
    return Math.clamp((dot(one, other) - UNRELATED) / (1 - UNRELATED), 0, 1);
  }

  /** Four sums at a time: one alone would wait for each addition before it could start the next. */
  private static double dot(float[] a, float[] b) {
    float s0 = 0;
    float s1 = 0;
    float s2 = 0;
    float s3 = 0;
    int i = 0;
    for (; i + 3 < a.length; i += 4) {
      s0 += a[i] * b[i];
      s1 += a[i + 1] * b[i + 1];
      s2 += a[i + 2] * b[i + 2];
      s3 += a[i + 3] * b[i + 3];
    }
    for (; i < a.length; i++) {
      s0 += a[i] * b[i];
    }
    return s0 + s1 + s2 + s3;
  }

  private float[] embedding(String document) {
    return embeddings.computeIfAbsent(document, id -> neighbours.embedding(id, access)).orElse(NONE);
  }
}
