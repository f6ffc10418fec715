// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline.compress;

import io.millrace.compress.CompressionProgress;
import io.millrace.compress.Pruning;
import io.millrace.compress.PruningPlan;
import io.millrace.compress.PruningReport;
import io.millrace.compress.TokenWindows;
import io.millrace.model.decoder.Decoder;
import io.millrace.model.decoder.DecoderFolder;
import io.millrace.model.safetensors.TensorSource;
import io.millrace.tensor.DType;
import io.millrace.train.Budget;
import io.millrace.train.Distillation;
import io.millrace.train.Example;
import io.millrace.train.Optimisation;
import io.millrace.train.Outcome;
import io.millrace.train.RunControl;
import io.millrace.train.adapter.Adaptation;
import io.millrace.train.loss.Divergence;
import io.millrace.train.rollout.Sampling;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A decoder that is pruned and then taught by the one that it was cut out of. Source: Muralidharan et al. 2024, Compact
 * Language Models via Pruning and Knowledge Distillation: forward divergence, no data loss.
 */
public final class PrunedStudent {
  /** A pruned decoder has not forgotten everything: a rate between that of pretraining and that of fine-tuning. */
  private static final double RATE = 1e-3;

  private static final int ROWS = 4;

  /**
   * What came of it.
   *
   * @param pruning what was cut
   * @param distillation steps, time, loss curve; null where nothing was taught
   */
  public record Result(PruningReport pruning, @Nullable Outcome distillation) {
    /** Whether all is done, and not stopped on the way. */
    public boolean finished() {
      return distillation == null || distillation.finished();
    }
  }

  private PrunedStudent() {}

  /**
   * Prunes a model folder into another and, given a budget, teaches it.
   *
   * @param text to calibrate on and to teach with
   * @param teaching how long; null for not at all
   * @param control where the unfinished student and its checkpoint are; a stopped run is continued
   */
  public static Result make(
      Path parent, Path output, PruningPlan plan, TokenWindows calibration, TokenWindows text, @Nullable Budget teaching,
      RunControl control, CompressionProgress progress)
      throws IOException {
    if (teaching == null) {
      return new Result(Pruning.run(parent, output, plan, calibration, progress), null);
    }
    Path pruned = control.folder().resolve("pruned");
    PruningReport report = Pruning.run(parent, pruned, plan, calibration, progress);
    Distillation.Settings settings = new Distillation.Settings(text.length(), ROWS, Divergence.FORWARD, 1, 0, 0,
        Sampling.plain(1), Adaptation.WHOLE, Optimisation.of(RATE, teaching));
    Outcome outcome = new Distillation(settings, control).run(parent, pruned, examples(text), List.of(), output).outcome();
    if (outcome.finished()) {
      store(output, format(parent));
    }
    return new Result(report, outcome);
  }

  private static List<Example> examples(TokenWindows text) {
    List<Example> examples = new ArrayList<>();
    for (int window = 0; window < text.count(); window++) {
      int from = window * text.length();
      examples.add(Example.of(new int[] {text.tokens()[from]},
          Arrays.copyOfRange(text.tokens(), from + 1, from + text.length())));
    }
    return examples;
  }

  private static DType format(Path folder) throws IOException {
    try (TensorSource source = TensorSource.openFolder(folder)) {
      return DType.valueOf(source.tensor("model.embed_tokens.weight").dtype().name());
    }
  }

  /** Training writes its masters, in F32; the student is stored as its parent is. */
  private static void store(Path folder, DType format) throws IOException {
    if (format != DType.F32) {
      try (Decoder decoder = DecoderFolder.load(folder)) {
        DecoderFolder.save(decoder, folder, format);
      }
    }
  }
}
