// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.training;

import io.millrace.benchmarks.Figures;
import io.millrace.core.json.Json;
import io.millrace.model.decoder.Decoder;
import io.millrace.tensor.DType;
import io.millrace.tensor.ProcessMemory;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import io.millrace.tensor.Torch;
import io.millrace.train.AdamW;
import io.millrace.train.Optimiser;
import io.millrace.train.adapter.AdaptedDecoder;
import io.millrace.train.adapter.Adapter;
import io.millrace.train.adapter.Lora;
import io.millrace.train.adapter.Quantisation;
import org.bytedeco.pytorch.Tensor;

import java.util.Arrays;
import java.util.Map;

/** A few steps in a process of their own, whose peak memory is theirs alone. */
final class MemoryTrial {
  /** What is trained. */
  enum Kind {
    /** All weights. */
    ALL,
    /** All weights, activations computed again instead of kept. */
    CHECKPOINTED,
    /** An adapter beside all linear layers, of rank 8. */
    LORA
  }

  /**
   * What was seen.
   *
   * @param before bytes resident before there was a model, libraries loaded
   * @param loaded bytes resident with the model and the optimiser, before the first step
   * @param peak most bytes resident, ever
   * @param weights bytes of the weights that compute
   * @param seconds of a step, the median of those after the second
   */
  record Result(long before, long loaded, long peak, long weights, double seconds) {}

  private MemoryTrial() {}

  /** Arguments: kind, width, layers, sequence length, rows, steps. */
  public static void main(String[] arguments) {
    Kind kind = Kind.valueOf(arguments[0]);
    int[] numbers = Arrays.stream(arguments).skip(1).mapToInt(Integer::parseInt).toArray();
    Workload workload = Workload.llama(numbers[0], numbers[1], numbers[2], numbers[3]);
    Torch.seed(1); // loads the libraries
    long before = ProcessMemory.resident();
    System.out.println(Json.write(kind == Kind.LORA ? adapter(workload, numbers[4], before) : all(workload, numbers[4], kind, before)));
  }

  private static Result all(Workload workload, int steps, Kind kind, long before) {
    try (Decoder master = Decoder.random(workload.model(), 1);
        Decoder working = master.as(DType.BF16).checkpointing(kind == Kind.CHECKPOINTED)) {
      working.weights().train(_ -> true);
      try (AdamW optimiser = new AdamW(master.weights(), working.weights(), AdamW.Settings.DECODER)) {
        return train(workload, working, optimiser, steps, before);
      }
    }
  }

  private static Result adapter(Workload workload, int steps, long before) {
    AdaptedDecoder adapted;
    Adapter adapter;
    try (Decoder base = Decoder.random(workload.model(), 1)) {
      adapter = Adapter.random(base, Lora.ofRank(8), 1);
      adapted = AdaptedDecoder.of(base, Map.of("a", adapter), Map.of(), Quantisation.NONE, DType.BF16);
    }
    try (adapter; adapted) {
      adapted.decoder().weights().train(name -> name.startsWith("a/"));
      try (var working = adapted.working("a");
          AdamW optimiser = new AdamW(adapter.weights(), working, AdamW.Settings.DECODER)) {
        return train(workload, adapted.decoder(), optimiser, steps, before);
      }
    }
  }

  private static Result train(Workload workload, Decoder decoder, Optimiser optimiser, int steps, long before) {
    int[] text = Workload.text(workload.tokens() + 1, 1);
    long[] documents = new long[workload.tokens()];
    long[] positions = new long[workload.tokens()];
    long[] labels = new long[workload.tokens()];
    for (int i = 0; i < positions.length; i++) {
      documents[i] = i / workload.length();
      positions[i] = i;
      labels[i] = text[i + 1];
    }
    long loaded = ProcessMemory.resident();
    double[] seconds = new double[steps];
    for (int step = 0; step < steps; step++) {
      long begin = System.nanoTime();
      try (Scope _ = Scope.open()) {
        Tensor mask = decoder.mask(Tensors.of(documents, workload.rows(), workload.length()));
        Tensor hidden = decoder.hidden(
            Tensors.of(Arrays.copyOf(text, workload.tokens()), workload.rows(), workload.length()), mask);
        decoder.loss(hidden, Tensors.of(positions, positions.length), Tensors.of(labels, labels.length)).backward();
        optimiser.step(1e-3, optimiser.gradientNorm(1), 1);
      }
      seconds[step] = (System.nanoTime() - begin) / 1e9;
    }
    return new Result(before, loaded, ProcessMemory.peak(), 2 * decoder.weights().parameters(),
        Figures.median(Arrays.copyOfRange(seconds, Math.min(2, steps - 1), steps)));
  }
}
