// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.model.decoder.Decoder;
import io.millrace.model.decoder.DecoderConfig;
import io.millrace.model.decoder.DecoderFolder;
import io.millrace.tensor.DType;
import io.millrace.train.adapter.Adaptation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

/** A decoder of a few thousand numbers and tasks that it can learn in seconds. */
final class Tiny {
  static final DecoderConfig DECODER =
      new DecoderConfig(32, 48, 96, 2, 4, 2, 12, 64, 10_000, 1e-5, true, 1, 2, -1);

  private Tiny() {}

  /** A random decoder in a folder. */
  static Path base(Path folder) throws IOException {
    return base(folder, DECODER);
  }

  static Path base(Path folder, DecoderConfig config) throws IOException {
    try (Decoder base = Decoder.random(config, 2)) {
      DecoderFolder.save(base, folder, DType.F32);
    }
    return folder;
  }

  /** A decoder that has begun to learn the task, as a pretrained one would have. */
  static Path begun(Path folder, int steps) throws IOException {
    FineTuning.Settings settings = new FineTuning.Settings(40, 8, Adaptation.WHOLE, steps(steps, 5e-3));
    new FineTuning(settings, RunControl.in(folder.resolve("run")))
        .run(base(folder.resolve("random")), examples(600, 30), List.of(), folder.resolve("begun"));
    return folder.resolve("begun");
  }

  static Optimisation steps(int steps, double rate) {
    return new Optimisation(rate, new Schedule.Cosine(0.05, 0.05), Budget.ofSteps(steps), AdamW.Settings.DECODER, 1,
        false, DType.F32, 1);
  }

  /** A prompt that asks for its second token. */
  static int[] prompt(Random random) {
    int[] prompt = new int[3 + random.nextInt(5)];
    java.util.Arrays.setAll(prompt, _ -> 4 + random.nextInt(28));
    prompt[0] = 1;
    prompt[prompt.length - 1] = 3;
    return prompt;
  }

  static int[] right(int[] prompt) {
    return new int[] {prompt[1], prompt[1], 2};
  }

  static int[] wrong(int[] prompt, Random random) {
    int other = 4 + (prompt[1] - 4 + 1 + random.nextInt(27)) % 28;
    return new int[] {other, other, 2};
  }

  /** Prompts with the right answer and a wrong one. */
  static List<ExamplePair> pairs(int count, long seed) {
    Random random = new Random(seed);
    List<ExamplePair> pairs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int[] prompt = prompt(random);
      pairs.add(new ExamplePair(Example.of(prompt, right(prompt)), Example.of(prompt, wrong(prompt, random))));
    }
    return pairs;
  }

  /** Prompts with the right answer. */
  static List<Example> examples(int count, long seed) {
    return pairs(count, seed).stream().map(ExamplePair::chosen).toList();
  }

  /** A run in a folder that is cancelled after so many steps. */
  static RunControl cancelledAfter(int steps, Path folder) {
    AtomicInteger asked = new AtomicInteger();
    return RunControl.in(folder).cancelled(() -> asked.incrementAndGet() > steps);
  }
}
