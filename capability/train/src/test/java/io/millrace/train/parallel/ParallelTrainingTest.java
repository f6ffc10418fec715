// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.parallel;

import io.millrace.model.checkpoint.Weights;
import io.millrace.model.decoder.AuxiliaryLosses;
import io.millrace.model.decoder.Decoder;
import io.millrace.model.decoder.DecoderFolder;
import io.millrace.model.decoder.Router;
import io.millrace.tensor.DType;
import io.millrace.tensor.Device;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import io.millrace.tensor.collective.Collective;
import io.millrace.tensor.collective.ThreadRanks;
import io.millrace.train.AdamW;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/** Slices and experts on several ranks, which are threads of this process, against one process with the same batch. */
class ParallelTrainingTest {
  private static final int ROWS = 8;
  private static final double RATE = 4e-3;

  @TempDir private Path folder;

  /** What one process computes in the ordinary way. */
  private static double[] alone(String name, int steps) {
    try (Decoder master = Decoder.random(Corpus.decoder(name), 5);
        Decoder working = master.as(DType.F32)) {
      working.weights().train(_ -> true);
      try (AdamW optimiser = AdamW.Settings.DECODER.over(master.weights(), working.weights())) {
        double[] losses = new double[steps];
        for (int step = 0; step < steps; step++) {
          try (Scope _ = Scope.open()) {
            losses[step] = backward(working, step).item_double();
            optimiser.step(RATE, optimiser.gradientNorm(1), 1);
          }
        }
        return losses;
      }
    }
  }

  private static Tensor backward(Decoder decoder, int step) {
    Corpus.Rows rows = new Corpus.Rows(step, 0, ROWS);
    AuxiliaryLosses auxiliary = new AuxiliaryLosses();
    Tensor hidden = decoder.hidden(rows.tokens(), decoder.mask(rows.documents()), auxiliary);
    Tensor loss = auxiliary.addTo(decoder.loss(hidden, rows.positions(), rows.labels()));
    loss.backward();
    return loss;
  }

  private static ParallelLoss backward(ParallelDecoder decoder, Mesh mesh, int step) {
    Mesh.Seat seat = decoder.groups().seat();
    int count = ROWS / mesh.readers();
    Corpus.Rows rows = new Corpus.Rows(step, (seat.data() * mesh.expert() + seat.expert()) * count, count);
    return ParallelLoss.backward(decoder, rows.tokens(), rows.documents(), rows.positions(), rows.labels());
  }

  private static double[] together(String name, Mesh mesh, Collective all, int steps) {
    try (MeshGroups groups = new MeshGroups(mesh, all);
        ParallelDecoder decoder = ParallelDecoder.random(Corpus.decoder(name), 5, groups, DType.F32, Device.CPU);
        ParallelOptimiser optimiser = new ParallelOptimiser(decoder, AdamW.Settings.DECODER)) {
      double[] losses = new double[steps];
      for (int step = 0; step < steps; step++) {
        try (Scope _ = Scope.open()) {
          ParallelLoss loss = backward(decoder, mesh, step);
          losses[step] = loss.loss();
          optimiser.step(RATE, optimiser.gradientNorm(loss.labels()), loss.labels());
        }
      }
      return losses;
    }
  }

  @ParameterizedTest
  @CsvSource({
    "qwen3, 1, 1, 2", "qwen2, 1, 1, 4", // slices
    "qwen3_moe, 1, 2, 1", "'qwen3_moe, full experts', 1, 4, 1", // experts
    "llama, 2, 1, 2", "qwen2_moe, 1, 2, 2" // both, and copies
  })
  void theLossesOfFiftyStepsAreThoseOfOneProcess(String name, int data, int expert, int tensor) {
    double[] expected = alone(name, 50);
    assertThat(expected[49]).isLessThan(expected[0] - 0.5);
    Mesh mesh = new Mesh(data, expert, tensor);
    List<double[]> curves = ThreadRanks.run(mesh.size(), all -> together(name, mesh, all, 50));
    for (double[] curve : curves) {
      assertThat(curve).usingComparatorWithPrecision(1e-4).containsExactly(expected);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "llama, 1, 1, 4", "qwen2, 2, 1, 2", "qwen3, 1, 1, 2", "'qwen3_moe, full experts', 2, 2, 1", "qwen2_moe, 1, 2, 2"
  })
  void gradientsAreThoseOfOneProcess(String name, int data, int expert, int tensor) {
    Mesh mesh = new Mesh(data, expert, tensor);
    Map<String, double[]> expected = new LinkedHashMap<>();
    double[] norm = new double[1];
    try (Decoder f32 = Decoder.random(Corpus.decoder(name), 5);
        Decoder decoder = f32.as(DType.F64);
        Scope _ = Scope.open()) {
      decoder.weights().train(_ -> true);
      backward(decoder, 0);
      decoder.weights().trained().forEach((tensorName, tensorOf) -> {
        expected.put(tensorName, Tensors.doubles(tensorOf.grad()));
        norm[0] += Arrays.stream(expected.get(tensorName)).map(g -> g * g).sum();
      });
    }
    ThreadRanks.run(mesh.size(), all -> {
      try (MeshGroups groups = new MeshGroups(mesh, all);
          ParallelDecoder decoder = ParallelDecoder.random(Corpus.decoder(name), 5, groups, DType.F64, Device.CPU);
          ParallelOptimiser optimiser = new ParallelOptimiser(decoder, AdamW.Settings.DECODER);
          Scope _ = Scope.open()) {
        ParallelLoss loss = backward(decoder, mesh, 0);
        assertThat(optimiser.gradientNorm(loss.labels())).isCloseTo(Math.sqrt(norm[0]), within(1e-10));
        Map<String, Tensor> gradients = new LinkedHashMap<>();
        decoder.working().weights().trained().forEach((tensorName, tensorOf) ->
            gradients.put(tensorName, tensorOf.grad().div(new Scalar((double) loss.labels()))));
        try (ParallelState whole = ParallelState.gather(gradients, decoder.sharding(), groups)) {
          whole.tensors().forEach((tensorName, gradient) -> assertThat(Tensors.doubles(gradient)).as(tensorName)
              .usingComparatorWithPrecision(1e-10).containsExactly(expected.get(tensorName)));
          assertThat(whole.tensors().keySet()).isEqualTo(all.rank() == 0 ? expected.keySet() : Set.of());
        }
      }
      return null;
    });
  }

  @Test
  void savedTogetherItIsAnOrdinaryFolder() throws Exception {
    String name = "qwen2_moe";
    Mesh mesh = new Mesh(1, 2, 2);
    ThreadRanks.run(4, all -> {
      try (MeshGroups groups = new MeshGroups(mesh, all);
          ParallelDecoder decoder = ParallelDecoder.random(Corpus.decoder(name), 5, groups, DType.F32, Device.CPU)) {
        decoder.save(folder.resolve("model"), DType.F32);
        try (ParallelDecoder again = ParallelDecoder.load(folder.resolve("model"), groups, DType.F32, Device.CPU)) {
          assertThat(values(again.masters())).containsExactlyEntriesOf(values(decoder.masters()));
        }
      }
      return null;
    });
    try (Decoder expected = Decoder.random(Corpus.decoder(name), 5);
        Decoder found = DecoderFolder.load(folder.resolve("model"))) {
      assertThat(values(found.weights())).containsExactlyEntriesOf(values(expected.weights()));
    }
  }

  private static Map<String, List<Float>> values(Weights weights) {
    Map<String, List<Float>> values = new LinkedHashMap<>();
    weights.named().forEach((name, tensor) -> {
      List<Float> list = new ArrayList<>();
      for (float value : Tensors.floats(tensor)) {
        list.add(value);
      }
      values.put(name, list);
    });
    return values;
  }

  @Test
  void droppedTokensAreThoseOfTheWholeBatch() {
    String name = "qwen3_moe, full experts";
    double[] expected = new double[1];
    try (Decoder decoder = Decoder.random(Corpus.decoder(name), 5);
        Scope _ = Scope.open()) {
      Corpus.Rows rows = new Corpus.Rows(0, 0, ROWS);
      AuxiliaryLosses auxiliary = new AuxiliaryLosses();
      decoder.hidden(rows.tokens(), decoder.mask(rows.documents()), auxiliary);
      expected[0] = auxiliary.values().get(Router.DROPPED);
      assertThat(expected[0]).isPositive();
    }
    Mesh mesh = new Mesh(1, 4, 1);
    ThreadRanks.run(4, all -> {
      try (MeshGroups groups = new MeshGroups(mesh, all);
          ParallelDecoder decoder = ParallelDecoder.random(Corpus.decoder(name), 5, groups, DType.F32, Device.CPU);
          Scope _ = Scope.open()) {
        assertThat(backward(decoder, mesh, 0).routers()).containsEntry(Router.DROPPED, expected[0]);
      }
      return null;
    });
  }

  @Test
  void activationsComputedTwiceMeetTheOtherRanksTwice() {
    String name = "qwen2_moe";
    Mesh mesh = new Mesh(1, 2, 2);
    ThreadRanks.run(4, all -> {
      try (MeshGroups groups = new MeshGroups(mesh, all);
          ParallelDecoder decoder = ParallelDecoder.random(Corpus.decoder(name), 5, groups, DType.F64, Device.CPU)) {
        Map<String, double[]> kept = gradients(decoder, mesh);
        Map<String, double[]> again = gradients(decoder.checkpointing(true), mesh);
        kept.forEach((tensor, gradient) ->
            assertThat(again.get(tensor)).as(tensor).usingComparatorWithPrecision(1e-12).containsExactly(gradient));
      }
      return null;
    });
  }

  private static Map<String, double[]> gradients(ParallelDecoder decoder, Mesh mesh) {
    Map<String, double[]> gradients = new LinkedHashMap<>();
    try (Scope _ = Scope.open()) {
      backward(decoder, mesh, 0);
      decoder.working().weights().trained().forEach((name, tensor) -> {
        gradients.put(name, Tensors.doubles(tensor.grad()));
        tensor.mutable_grad().reset();
      });
    }
    return gradients;
  }
}
