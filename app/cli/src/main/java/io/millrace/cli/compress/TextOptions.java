// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.compress;

import io.millrace.compress.TokenWindows;
import io.millrace.model.decoder.DecoderConfig;
import io.millrace.model.tokenizer.Tokenizer;
import io.millrace.train.data.PlainTexts;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Which texts a decoder is compressed with and measured on. */
final class TextOptions {
  private static final int USUAL_LENGTH = 256;
  private static final int PROMPTS = 4;
  private static final int PROMPT_TOKENS = 32;

  /**
   * Texts as tokens.
   *
   * @param learning what compression may look at; null where nothing was given
   * @param heldOut what is measured on; null where nothing was given
   * @param prompts beginnings of held-out windows
   */
  record Texts(@Nullable TokenWindows learning, @Nullable TokenWindows heldOut, List<String> prompts) {}

  @Option(names = "--calibrate", paramLabel = "FILE", arity = "1..*", order = 10,
      description = "Texts like those that the model reads: what int4-gptq and prune go by, and what a pruned model is taught with.")
  List<Path> calibrate = List.of();

  @Option(names = "--held-out", paramLabel = "FILE", arity = "1..*", order = 11,
      description = "Texts to measure on; without them the last tenth of --calibrate is kept away and measured on.")
  List<Path> heldOut = List.of();

  @Option(names = "--sequence-length", paramLabel = "TOKENS", order = 12,
      description = "Tokens that are read together; without it " + USUAL_LENGTH + ", or the decoder's context.")
  @Nullable Integer sequenceLength;

  @Option(names = "--calibration-tokens", paramLabel = "N", order = 13,
      description = "How many tokens are calibrated on, spread over the texts (${DEFAULT-VALUE}).")
  int calibrationTokens = 32_768;

  @Option(names = "--measured-tokens", paramLabel = "N", order = 14,
      description = "How many tokens are measured on at most, from the beginning; 0 for all (${DEFAULT-VALUE}).")
  int measuredTokens = 65_536;

  Texts read(Path model, DecoderConfig config) throws IOException {
    int length = sequenceLength == null ? Math.min(USUAL_LENGTH, config.maxPositions()) : sequenceLength;
    if (length < 2 || calibrationTokens < length || measuredTokens < 0) {
      throw new IllegalArgumentException("--sequence-length " + length + " must be at least 2, --calibration-tokens "
          + calibrationTokens + " at least that, --measured-tokens " + measuredTokens + " not negative");
    }
    try (Tokenizer tokenizer = Tokenizer.load(model)) {
      int[] learning = encode(calibrate, tokenizer, config);
      int[] unseen = encode(heldOut, tokenizer, config);
      if (unseen.length == 0 && learning.length > 0) {
        int cut = learning.length - learning.length / 10;
        unseen = Arrays.copyOfRange(learning, cut, learning.length);
        learning = Arrays.copyOf(learning, cut);
      }
      TokenWindows measured = unseen.length == 0 ? null : windows("held-out", unseen, length, config);
      if (measured != null && measuredTokens > 0) {
        measured = measured.first(Math.max(1, measuredTokens / length));
      }
      return new Texts(learning.length == 0 ? null : windows("--calibrate", learning, length, config), measured,
          measured == null ? List.of() : prompts(measured, tokenizer));
    }
  }

  private static TokenWindows windows(String what, int[] tokens, int length, DecoderConfig config) {
    try {
      return new TokenWindows(tokens, length, config.eosId());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(what + " texts: " + e.getMessage(), e);
    }
  }

  /** The windows that are calibrated on. */
  TokenWindows calibration(TokenWindows learning) {
    return learning.spread(Math.max(1, calibrationTokens / learning.length()));
  }

  private static int[] encode(List<Path> files, Tokenizer tokenizer, DecoderConfig config) throws IOException {
    List<int[]> parts = new ArrayList<>();
    for (Path file : files) {
      for (String text : PlainTexts.read(file).items()) {
        parts.add(tokenizer.encode(text));
        parts.add(config.eosId() < 0 ? new int[0] : new int[] {config.eosId()});
      }
    }
    return parts.stream().flatMapToInt(Arrays::stream).toArray();
  }

  private static List<String> prompts(TokenWindows text, Tokenizer tokenizer) {
    List<String> prompts = new ArrayList<>();
    for (int i = 0; i < PROMPTS; i++) {
      int from = (int) ((long) i * text.count() / PROMPTS) * text.length();
      int[] tokens = Arrays.stream(text.tokens(), from, from + Math.min(PROMPT_TOKENS, text.length()))
          .filter(token -> token != text.end()).toArray();
      prompts.add(tokenizer.decode(tokens));
    }
    return prompts.stream().filter(prompt -> !prompt.isBlank()).toList();
  }
}
