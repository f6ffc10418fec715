// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.model.decoder.DecoderConfig;
import io.millrace.tensor.DType;
import io.millrace.tensor.ProcessMemory;
import io.millrace.train.distributed.LocalLauncher;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How resident memory grows over the last two thirds of a run, in a process whose Java heap is all there from the beginning: in
 * one that has run other tests before, the heap's own growth is larger than what is looked for.
 */
record LeakTrial(long before, long after) {
  /** With {@code -Dmillrace.proofs} as many as were asked for when this was built, which takes minutes. */
  private static final int STEPS = Boolean.getBoolean("millrace.proofs") ? 3_000 : 750;

  /** Trains in a new process with heads of that width; those of 32 fill whole vectors and take the pass by hand. */
  static LeakTrial run(int headDim, Path folder) throws Exception {
    List<String> command = new ArrayList<>(
        LocalLauncher.sameJava(LeakTrial.class,
        List.of(Integer.toString(headDim), folder.toString(), Integer.toString(STEPS))));
    command.addAll(command.size() - 4, List.of("-Xms256m", "-Xmx256m", "-XX:+AlwaysPreTouch"));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IllegalStateException(said);
    }
    String[] last = said.strip().substring(said.strip().lastIndexOf('\n') + 1).split(" ");
    return new LeakTrial(Long.parseLong(last[0]), Long.parseLong(last[1]));
  }

  /** Arguments: width of a head, folder, steps. */
  public static void main(String[] arguments) throws Exception {
    int steps = Integer.parseInt(arguments[2]);
    DecoderConfig model = new DecoderConfig(257, 64, 64, 1, 2, 1, Integer.parseInt(arguments[0]), 32, 10_000, 1e-5, true, -1,
        PretrainingTest.END, -1);
    Pretraining.Settings tiny = new Pretraining.Settings(model, 32, 4, 1e-3, new Schedule.Cosine(0.05, 0.1),
        Budget.ofSteps(steps), AdamW.Settings.DECODER, DType.BF16, 5);
    long[] resident = new long[2];
    Path folder = Path.of(arguments[1]);
    RunControl control = RunControl.in(folder.resolve("run")).listener(progress -> {
      if (progress.step() == steps / 3 || progress.step() == steps) {
        resident[progress.step() == steps ? 1 : 0] = ProcessMemory.resident();
      }
    });
    new Pretraining(tiny, control).run(PretrainingTest.madeText(30_000), new int[0], folder.resolve("model"));
    System.out.println(resident[0] + " " + resident[1]);
  }
}
