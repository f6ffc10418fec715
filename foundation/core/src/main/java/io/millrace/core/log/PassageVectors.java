// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.log;

import java.util.Arrays;
import java.util.List;

/**
 * Embeddings of a document's passages.
 *
 * @param documentId whose
 * @param model name of the embedding model that made them
 * @param vectors one a passage, in order
 */
public record PassageVectors(String documentId, String model, List<PassageVector> vectors) {

  public PassageVectors {
    vectors = List.copyOf(vectors);
  }

  /**
   * Returns what is put behind a document's identity in the key of its embeddings, so that those of several models lie beside each other:
   * nothing for a pretrained model, {@code @embedder-en-3} for {@code java-docs/embedder-en@3} of the registry.
   */
  public static String suffix(String model) {
    int version = model.lastIndexOf('@');
    return version < 0 ? "" : "@" + model.substring(model.lastIndexOf('/') + 1, version) + "-" + model.substring(version + 1);
  }

  /**
   * One embedding.
   *
   * @param textHash hash of the text that was embedded: it is applied only where the passage still says that
   * @param vector unit length
   */
  public record PassageVector(String textHash, float[] vector) {
    @Override
    public boolean equals(Object other) {
      return other instanceof PassageVector that
          && textHash.equals(that.textHash)
          && Arrays.equals(vector, that.vector);
    }

    @Override
    public int hashCode() {
      return 31 * textHash.hashCode() + Arrays.hashCode(vector);
    }

    @Override
    public String toString() {
      return "PassageVector[" + textHash + ", " + vector.length + " dimensions]";
    }
  }
}
