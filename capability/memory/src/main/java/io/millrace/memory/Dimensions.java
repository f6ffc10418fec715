// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Language;
import io.millrace.core.spi.Embedder;

import java.util.EnumMap;
import java.util.Map;

/** How many dimensions the embeddings of each language have. */
public final class Dimensions {

  private final Map<Language, Integer> dimensions = new EnumMap<>(Language.class);

  /** Takes them from the models that make the embeddings. */
  public Dimensions(Map<Language, Embedder> embedders) {
    embedders.forEach((language, embedder) -> dimensions.put(language, embedder.dimension()));
  }

  /** Returns the dimensions of a language's embeddings; -1 where it has none. */
  public int of(Language language) {
    return dimensions.getOrDefault(language, -1);
  }
}
