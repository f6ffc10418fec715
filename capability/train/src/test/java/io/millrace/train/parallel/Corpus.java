// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.parallel;

import io.millrace.model.decoder.DecoderConfig;
import io.millrace.model.decoder.DecoderFamily;
import io.millrace.model.decoder.Experts;
import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;

import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** Small decoders and rows of a language that they can learn: each token follows from the one before it. */
final class Corpus {
  static final int LENGTH = 12;
  private static final int VOCABULARY = 24;
  private static final DecoderConfig LLAMA =
      new DecoderConfig(VOCABULARY, 16, 24, 2, 8, 4, 4, 32, 10_000, 1e-5, true, 1, 2, -1);

  private Corpus() {}

  static DecoderConfig decoder(String name) {
    Experts experts = new Experts(4, 2, 8, 0, true, 1, java.util.Set.of(), 0.05, 0.01, null);
    Map<String, DecoderConfig> all = new TreeMap<>();
    all.put("llama", LLAMA);
    all.put("qwen2", LLAMA.as(DecoderFamily.QWEN2));
    all.put("qwen3", LLAMA.as(DecoderFamily.QWEN3));
    all.put("qwen3_moe", LLAMA.as(DecoderFamily.QWEN3_MOE, experts));
    all.put("qwen3_moe, full experts", LLAMA.as(DecoderFamily.QWEN3_MOE, experts.withCapacity(0.8)));
    all.put("qwen2_moe", LLAMA.as(DecoderFamily.QWEN2_MOE, experts.withShared(16)));
    return java.util.Objects.requireNonNull(all.get(name));
  }

  /** Rows {@code first} to {@code first + count} of the batch of a step; two documents lie in each. */
  record Rows(long step, int first, int count) {
    Tensor tokens() {
      long[] tokens = new long[count * LENGTH];
      for (int row = 0; row < count; row++) {
        Random random = new Random(1000 * step + first + row);
        for (int i = 0; i < LENGTH; i++) {
          int at = row * LENGTH + i;
          tokens[at] = i == 0 ? random.nextInt(VOCABULARY) : (5 * tokens[at - 1] + 1) % VOCABULARY;
        }
      }
      return Tensors.of(tokens, count, LENGTH);
    }

    Tensor documents() {
      long[] documents = new long[count * LENGTH];
      for (int i = 0; i < documents.length; i++) {
        documents[i] = i % LENGTH / (LENGTH / 2 + (first + i / LENGTH) % 3);
      }
      return Tensors.of(documents, count, LENGTH);
    }

    /** Rows differ in how much of them is predicted, as those of examples do. */
    private long[] wanted() {
      return java.util.stream.LongStream.range(0, (long) count * LENGTH)
          .filter(i -> i % LENGTH < LENGTH - 1 - (first + i / LENGTH) % 4).toArray();
    }

    Tensor positions() {
      long[] wanted = wanted();
      return Tensors.of(wanted, wanted.length);
    }

    Tensor labels() {
      long[] tokens = Tensors.longs(tokens());
      long[] labels = java.util.Arrays.stream(wanted()).map(i -> tokens[(int) i + 1]).toArray();
      return Tensors.of(labels, labels.length);
    }
  }
}
