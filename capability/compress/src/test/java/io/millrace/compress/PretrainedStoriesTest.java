// SPDX-License-Identifier: Apache-2.0
package io.millrace.compress;

import io.millrace.model.decoder.Decoder;
import io.millrace.model.decoder.DecoderFolder;
import io.millrace.model.decoder.Llama2cFile;
import io.millrace.model.decoder.QuantisedFolder;
import io.millrace.tensor.DType;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import io.millrace.tensor.Torch;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/** On stories260K, which others have trained, and on stories that it tells; skipped where it is absent. */
class PretrainedStoriesTest {
  private static final int BEGIN = 1;
  private static final int LENGTH = 64;

  @TempDir
  Path folder;

  /** Stories drawn from the decoder's own distribution, so that nobody can predict them better than it does. */
  private static TokenWindows told(Decoder decoder, int stories, long seed) {
    Random random = new Random(seed);
    int[][] tokens = new int[stories][LENGTH];
    for (int[] story : tokens) {
      story[0] = BEGIN;
    }
    for (int length = 1; length < LENGTH; length++) {
      try (Scope _ = Scope.open();
          NoGrad _ = NoGrad.open()) {
        int[] flat = new int[stories * length];
        for (int i = 0; i < flat.length; i++) {
          flat[i] = tokens[i / length][i % length];
        }
        Tensor mask = decoder.mask(Tensors.of(new long[flat.length], stories, length));
        Tensor last = decoder.hidden(Tensors.of(flat, stories, length), mask).select(1, length - 1);
        float[] probabilities = Tensors.floats(decoder.logits(last).softmax(-1));
        int vocabulary = probabilities.length / stories;
        for (int s = 0; s < stories; s++) {
          double left = random.nextDouble();
          int token = -1;
          while (left >= 0 && token < vocabulary - 1) {
            left -= probabilities[s * vocabulary + ++token];
          }
          tokens[s][length] = token;
        }
      }
    }
    int[] text = new int[stories * LENGTH + 1];
    for (int s = 0; s < stories; s++) {
      System.arraycopy(tokens[s], 0, text, s * LENGTH, LENGTH);
    }
    return new TokenWindows(text, LENGTH, -1);
  }

  @Test
  void eightBitsCostHalfAPercentAtMostAndCalibrationNearlyHalvesWhatFourBitsCost() throws IOException {
    Path file = Path.of(System.getProperty("millrace.data", "absent")).resolve("stories260K/stories260K.bin");
    Assumptions.assumeTrue(Files.isRegularFile(file), "no reference model at " + file);
    Torch.threads(1);
    Path parent = folder.resolve("parent");
    try (Decoder decoder = Llama2cFile.load(file)) {
      DecoderFolder.save(decoder, parent, DType.BF16);
      TokenWindows heard = told(decoder, 32, 1);
      TokenWindows unheard = told(decoder, 32, 2);
      Quantisation.run(parent, folder.resolve("int8"), Recipe.INT8);
      Quantisation.run(parent, folder.resolve("int8-row"), Recipe.INT8_ROW);
      Quantisation.run(parent, folder.resolve("int4"), Recipe.INT4);
      Quantisation.run(parent, folder.resolve("gptq"), Recipe.INT4_GPTQ, heard, CompressionProgress.SILENT);
      Agreement int8 = agreement("int8", unheard);
      Agreement nearest = agreement("int4", unheard);
      Agreement gptq = agreement("gptq", unheard);
      assertThat(int8.parentPerplexity()).isLessThan(10);
      assertThat(int8.perplexityRise()).isCloseTo(0, within(0.005));
      assertThat(agreement("int8-row", unheard).perplexityRise()).isCloseTo(0, within(0.01));
      assertThat(gptq.perplexityRise()).isLessThan(0.045);
      assertThat(gptq.divergence()).isLessThan(nearest.divergence() * 0.65);
    }
  }

  private Agreement agreement(String version, TokenWindows text) throws IOException {
    try (Decoder parent = QuantisedFolder.load(folder.resolve("parent"));
        Decoder compressed = QuantisedFolder.load(folder.resolve(version))) {
      return Agreement.of(parent, compressed, text, CompressionProgress.SILENT);
    }
  }
}
