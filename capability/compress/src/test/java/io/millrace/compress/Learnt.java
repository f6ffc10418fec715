// SPDX-License-Identifier: Apache-2.0
package io.millrace.compress;

import io.millrace.model.decoder.Decoder;
import io.millrace.model.decoder.DecoderConfig;
import io.millrace.model.decoder.DecoderFolder;
import io.millrace.tensor.DType;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import io.millrace.tensor.Torch;
import org.bytedeco.pytorch.AdamW;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.junit.jupiter.api.Assertions;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;

/**
 * A decoder of 50,000 numbers that has learnt a small language, so that there is something to lose: words of a cyclic
 * order, with a choice of two after each.
 */
final class Learnt {
  static final int VOCABULARY = 48;
  static final int END = 0;

  /** Widths are multiples of 32, heads come in two groups. */
  static final DecoderConfig CONFIG =
      new DecoderConfig(VOCABULARY, 64, 96, 3, 4, 2, 16, 64, 10_000, 1e-5, true, END, END, END);

  private Learnt() {}

  /** Text of the language; documents of about fifty words. */
  static int[] text(int tokens, long seed) {
    Random random = new Random(seed);
    int[] text = new int[tokens];
    int step = 1;
    for (int i = 0; i < tokens; i++) {
      if (i == 0 || random.nextInt(50) == 0) {
        text[i] = END;
        step = 1 + random.nextInt(5); // known only from the words before: attention is needed
      } else {
        int last = text[i - 1] == END ? 7 : text[i - 1];
        text[i] = 1 + (last + (random.nextInt(6) == 0 ? 11 : step)) % (VOCABULARY - 1);
      }
    }
    return text;
  }

  static TokenWindows windows(int tokens, long seed) {
    return new TokenWindows(text(tokens, seed), 32, END);
  }

  static Decoder decoder(int steps) {
    Decoder decoder = Decoder.random(CONFIG, 5);
    decoder.weights().train(name -> true);
    TokenWindows text = windows(32 * 12 * steps + 1, 1);
    try (Scope _ = Scope.open()) {
      TensorVector parameters = new TensorVector();
      decoder.weights().named().values().forEach(parameters::push_back);
      AdamW optimiser = new AdamW(parameters, new AdamWOptions(4e-3));
      for (int step = 0; step < steps; step++) {
        try (Scope _ = Scope.open()) {
          TokenWindows.Batch batch = text.batch(step * 12, 12);
          Tensor loss = decoder.loss(decoder.hidden(batch.tokens(), decoder.mask(batch.documents())),
              Tensors.of(batch.positions(), batch.positions().length), Tensors.of(batch.labels(), batch.labels().length));
          optimiser.zero_grad();
          loss.backward();
          optimiser.step();
        }
      }
    }
    decoder.weights().train(name -> false);
    return decoder;
  }

  /** The decoder in a folder. */
  static Path folder(Path folder) throws IOException {
    Torch.threads(1); // products this small only wait for each other's threads
    try (Decoder decoder = decoder(100)) {
      DecoderFolder.save(decoder, folder, DType.BF16);
      Agreement itself = Agreement.of(decoder, decoder, windows(4_000, 2), CompressionProgress.SILENT);
      Assertions.assertTrue(itself.perplexity() < VOCABULARY / 3.0, "has learnt nothing: " + itself);
    }
    return folder;
  }
}
