// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.tokenizer;

import io.millrace.core.json.Json;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.util.Map;

/** Cuts texts into the tokens of an encoder; safe for use by several threads. */
public interface EncoderTokens extends AutoCloseable {

  /** The usual name of its file. */
  String FILE = "tokenizer.json";

  /** The tokens of a text, without special ones. */
  int[] ids(String text);

  /** The token with which sequences begin. */
  int cls();

  /** The token with which texts end. */
  int sep();

  /** One more than the largest token: what an encoder must embed. */
  int size();

  @Override
  void close();

  /**
   * Reads the text of {@value #FILE}: BERT's in Java, others by Hugging Face's library.
   *
   * @throws IOException when the library cannot read it
   */
  static EncoderTokens of(byte[] json) throws IOException {
    JsonNode tree = Json.tree(json);
    return WordPiece.reads(tree) ? new WordPiece(tree) : new LibraryTokens(json, tree);
  }

  /** Whether no token has a capital, so that texts cannot either; some files leave it to their users to know that. */
  static boolean withoutCapitals(JsonNode json) {
    for (Map.Entry<String, JsonNode> token : json.path("model").path("vocab").properties()) {
      String text = token.getKey();
      boolean special = text.startsWith("[") && text.endsWith("]") || text.startsWith("<") && text.endsWith(">");
      if (!special && text.chars().anyMatch(c -> c >= 'A' && c <= 'Z')) {
        return false;
      }
    }
    return true;
  }
}
