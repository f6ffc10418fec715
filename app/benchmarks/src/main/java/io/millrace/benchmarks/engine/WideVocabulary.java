// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.engine;

import io.millrace.engine.form.Vocabulary;
import io.millrace.model.tokenizer.Tokenizer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * As many tokens as a large model has, made of a smaller one's: its own, then pairs of them, each once, drawn at random. Like
 * merges that were learnt, they share their beginnings with others, and cross the borders within JSON.
 */
final class WideVocabulary {
  private static final int LONGEST = 24;

  private WideVocabulary() {}

  /**
   * The vocabulary; its token 0 ends texts.
   *
   * @param folder of a tokenizer
   * @param size of it; where that is less than the tokenizer has, its first tokens
   */
  static Vocabulary of(Path folder, int size) throws IOException {
    List<byte[]> tokens = new ArrayList<>();
    try (Tokenizer tokenizer = Tokenizer.load(folder)) {
      for (int id = 0; id < Math.min(size, tokenizer.size()); id++) {
        tokens.add(tokenizer.bytes(id));
      }
    }
    Set<ByteBuffer> known = new HashSet<>();
    tokens.forEach(token -> known.add(ByteBuffer.wrap(token)));
    SplittableRandom random = new SplittableRandom(17);
    int own = tokens.size();
    while (tokens.size() < size) {
      byte[] first = tokens.get(random.nextInt(own));
      byte[] second = tokens.get(random.nextInt(own));
      byte[] both = Arrays.copyOf(first, first.length + second.length);
      System.arraycopy(second, 0, both, first.length, second.length);
      if (both.length <= LONGEST && known.add(ByteBuffer.wrap(both))) {
        tokens.add(both);
      }
    }
    return Vocabulary.of(tokens, Set.of(0));
  }
}
