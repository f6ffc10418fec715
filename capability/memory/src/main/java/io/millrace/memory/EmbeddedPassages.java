// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.log.PassageVectors;
import io.millrace.core.log.PassageVectors.PassageVector;
import io.millrace.core.spi.Embedder;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Embeds passages of a memory that follows no log. */
public final class EmbeddedPassages {
  private EmbeddedPassages() {}

  /**
   * Embeds passages and puts their embeddings beside those that their documents have.
   *
   * @param embedders by language; passages in other languages stay without
   */
  public static void into(PassageStore index, List<Passage> passages, Map<Language, Embedder> embedders) throws IOException {
    for (Map.Entry<Language, Embedder> each : embedders.entrySet()) {
      List<Passage> own = passages.stream().filter(passage -> passage.language() == each.getKey()).toList();
      List<float[]> vectors = each.getValue().embedPassages(own.stream().map(Passage::textInContext).toList());
      Map<String, List<PassageVector>> byDocument = new LinkedHashMap<>();
      for (int i = 0; i < own.size(); i++) {
        byDocument.computeIfAbsent(own.get(i).documentId(), _ -> new ArrayList<>())
            .add(new PassageVector(TextHash.of(own.get(i)), vectors.get(i)));
      }
      for (Map.Entry<String, List<PassageVector>> document : byDocument.entrySet()) {
        index.putVectors(document.getKey(), new PassageVectors(document.getKey(), each.getValue().model(), document.getValue()));
      }
    }
  }
}
