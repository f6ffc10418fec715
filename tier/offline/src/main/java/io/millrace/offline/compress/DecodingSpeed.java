// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline.compress;

import io.millrace.core.generation.Generation;
import io.millrace.core.generation.GenerationRequest;
import io.millrace.core.generation.Prompt;
import io.millrace.core.spi.Generator;
import io.millrace.engine.DecoderGenerator;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * How many tokens a second the engine writes with two versions of a model, one request at a time, in turns: so that
 * whatever else the machine does slows both.
 *
 * @param before of the first
 * @param after of the second; null where the engine does not read it
 * @param remark why there is no second figure; empty where there is one
 */
public record DecodingSpeed(double before, @Nullable Double after, String remark) {
  private static final int TOKENS = 64;

  /**
   * Measures two model folders; each prompt is continued by both.
   *
   * @throws IOException when the engine does not read the first
   */
  public static DecodingSpeed of(Path before, Path after, List<String> prompts) throws IOException {
    try (Generator first = open(before)) {
      Generator second;
      try {
        second = open(after);
      } catch (IOException | IllegalArgumentException e) {
        Rate alone = new Rate();
        warmUp(first, prompts);
        prompts.forEach(prompt -> alone.add(first, prompt));
        return new DecodingSpeed(alone.perSecond(), null, String.valueOf(e.getMessage()));
      }
      try (second) {
        warmUp(first, prompts);
        warmUp(second, prompts);
        Rate one = new Rate();
        Rate two = new Rate();
        for (String prompt : prompts) {
          one.add(first, prompt);
          two.add(second, prompt);
        }
        return new DecodingSpeed(one.perSecond(), two.perSecond(), "");
      }
    }
  }

  /** Until the JVM has compiled what the kernels of this format need. */
  private static void warmUp(Generator generator, List<String> prompts) {
    Rate unused = new Rate();
    prompts.forEach(prompt -> unused.add(generator, prompt));
  }

  private static Generator open(Path folder) throws IOException {
    return DecoderGenerator.open(folder, String.valueOf(folder.getFileName()), DecoderGenerator.Settings.standard());
  }

  /** Tokens after the first one of each answer, and the time that they took. Confined to one thread. */
  private static final class Rate {
    private long tokens;
    private long nanos;

    void add(Generator generator, String prompt) {
      long[] first = {0};
      Generation answer = generator.generate(GenerationRequest.of(new Prompt.Text(prompt), TOKENS), piece -> {
        if (first[0] == 0) {
          first[0] = System.nanoTime();
        }
      });
      if (first[0] != 0 && answer.completionTokens() > 1) {
        nanos += System.nanoTime() - first[0];
        tokens += answer.completionTokens() - 1;
      }
    }

    /** 0 where the model wrote nothing. */
    double perSecond() {
      return nanos == 0 ? 0 : tokens * 1e9 / nanos;
    }
  }
}
