// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.spi;

import java.util.List;

/** Turns texts into vectors whose inner product says how alike the texts are. Safe for use by several threads. */
public interface Embedder extends AutoCloseable {

  /** Returns the name of the model, which is part of every vector's provenance. */
  String model();

  /** Returns the number of dimensions. */
  int dimension();

  /** Embeds questions; one unit vector a text. */
  List<float[]> embedQueries(List<String> texts);

  /** Embeds passages; one unit vector a text. Long texts are truncated to the model's context. */
  List<float[]> embedPassages(List<String> texts);

  /** Returns on which scale cosines of questions and passages are to be read by whoever judges by them. */
  default CosineScale cosines() {
    return CosineScale.PLAIN;
  }

  @Override
  void close();
}
