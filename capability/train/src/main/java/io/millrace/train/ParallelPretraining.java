// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.core.json.Json;
import io.millrace.tensor.DType;
import io.millrace.tensor.Device;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import io.millrace.tensor.collective.Collective;
import io.millrace.train.distributed.Agreement;
import io.millrace.train.distributed.Distribution;
import io.millrace.train.distributed.Sharding;
import io.millrace.train.parallel.Mesh;
import io.millrace.train.parallel.MeshGroups;
import io.millrace.train.parallel.ParallelDecoder;
import io.millrace.train.parallel.ParallelLoss;
import io.millrace.train.parallel.ParallelOptimiser;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * {@link Pretraining} of a decoder that no process holds alone: a {@link Mesh} of processes has slices of its matrices
 * and shares of its experts. Losses of routers are part of the loss.
 *
 * <p>The curve is the one that one process would draw with the same batch. A run continues with any other mesh.
 */
public final class ParallelPretraining {
  private static final String STAGE = "pretraining";
  private static final String POSITION = "millrace.position";

  /**
   * What is trained, how, and by how many.
   *
   * @param training as in one process; its rows are those of all processes together
   * @param mesh how processes share the work
   * @param checkpointing whether activations are computed twice instead of kept
   */
  public record Settings(Pretraining.Settings training, Mesh mesh, boolean checkpointing) {
    /** Checks that the rows can be divided. */
    public Settings {
      if (training.batchSize() % mesh.readers() != 0) {
        throw new IllegalArgumentException("batchSize %d cannot be divided among the %d readers of %s"
            .formatted(training.batchSize(), mesh.readers(), mesh));
      }
    }
  }

  private record Position(String settings, long step, double seconds, long tokens) {}

  private final Settings settings;
  private final RunControl control;
  private final Collective all;
  private final Agreement agreed;
  private final Device device;

  /**
   * A run, in each process of {@code all} at the same time; it continues where an earlier one in the same folder was
   * interrupted.
   *
   * @param control its folder is the same for all processes; how it distributes is not looked at
   * @param device where this process computes
   */
  public ParallelPretraining(Settings settings, RunControl control, Collective all, Device device) {
    this.settings = settings;
    this.control = control;
    this.all = all;
    this.agreed = new Agreement(all);
    this.device = device;
  }

  /**
   * Trains and, unless cancelled, lets the first process write the decoder.
   *
   * @param tokens the text, each document ended by the model's end-of-text token; the same in all processes
   * @param output becomes a Hugging Face folder in F32
   * @throws IllegalArgumentException naming the size that the mesh does not divide
   * @throws IllegalStateException when processes were started with different settings, or a checkpoint with others
   */
  public Outcome run(int[] tokens, Path output) throws IOException {
    Pretraining.Settings training = settings.training;
    TokenStream stream = new TokenStream(tokens, training.model().eosId(), training.sequenceLength());
    String identity = training + " data=" + DataFingerprint.of(tokens);
    agreed.requireSame("settings", identity + " " + settings.mesh + " checkpointing=" + settings.checkpointing);
    try (MeshGroups groups = new MeshGroups(settings.mesh, all);
        ParallelDecoder decoder =
            ParallelDecoder.random(training.model(), training.seed(), groups, training.precision(), device);
        ParallelOptimiser optimiser = new ParallelOptimiser(decoder, training.optimiser())) {
      decoder.checkpointing(settings.checkpointing);
      Outcome outcome = train(stream, identity, groups, decoder, optimiser);
      if (outcome.finished()) {
        decoder.save(output, DType.F32);
        if (all.rank() == 0) {
          Files.deleteIfExists(checkpoint());
        }
      }
      return outcome;
    }
  }

  private Path checkpoint() {
    return control.folder().resolve("resume.safetensors");
  }

  private Outcome train(
      TokenStream stream, String identity, MeshGroups groups, ParallelDecoder decoder, ParallelOptimiser optimiser)
      throws IOException {
    Pretraining.Settings training = settings.training;
    TrainingState state = new TrainingState(control.folder(), Distribution.over(all, Sharding.NONE));
    Position start = restored(identity, optimiser);
    List<MetricsPoint> curve = state.curveUpTo(start.step);
    Budget budget = training.budget();
    long step = start.step;
    long tokens = start.tokens;
    double seconds = start.seconds;
    double saved = seconds;
    long began = System.nanoTime();
    boolean cancelled = false;
    try (BufferedWriter metrics = state.appendMetrics()) {
      while (budget.used(step, seconds) < 1) {
        cancelled = agreed.any(control.cancelled().getAsBoolean());
        if (cancelled || seconds - saved > control.checkpointEvery().toMillis() / 1e3) {
          save(optimiser, new Position(identity, step, seconds, tokens));
          saved = seconds;
        }
        if (cancelled) {
          break;
        }
        double rate = training.learningRate() * training.schedule().factor(budget.used(step, seconds));
        ParallelLoss loss;
        double norm;
        try (Scope _ = Scope.open()) {
          loss = backward(decoder, rows(stream, step, groups));
          norm = optimiser.gradientNorm(loss.labels());
          if (!Double.isFinite(loss.loss()) || !Double.isFinite(norm)) {
            List<String> documents =
                stream.documents(step, training.batchSize(), training.seed()).stream().map(i -> "document " + i).toList();
            throw new TrainingDivergedException(STAGE, step + 1, loss.loss(),
                "loss " + loss.loss() + ", gradient norm " + norm, documents, Files.exists(checkpoint()) ? checkpoint() : null);
          }
          optimiser.step(rate, norm, loss.labels());
        }
        step++;
        tokens += loss.tokens();
        seconds = agreed.leaders(start.seconds + (System.nanoTime() - began) / 1e9);
        MetricsPoint point = new MetricsPoint(step, seconds, tokens, loss.loss(), rate, norm);
        curve.add(point);
        metrics.write(Json.write(point));
        metrics.newLine();
        metrics.flush();
        if (all.rank() == 0) {
          control.listener().onStep(Progress.of(STAGE, budget, point));
        }
      }
    }
    if (!cancelled) {
      save(optimiser, new Position(identity, step, seconds, tokens));
    }
    return new Outcome(STAGE, !cancelled, step, tokens, Duration.ofNanos((long) (seconds * 1e9)), curve);
  }

  private PackedBatch rows(TokenStream stream, long step, MeshGroups groups) {
    Mesh mesh = settings.mesh;
    int count = settings.training.batchSize() / mesh.readers();
    int reader = groups.seat().data() * mesh.expert() + groups.seat().expert();
    return stream.batch(step, settings.training.batchSize(), settings.training.seed()).rows(reader * count, count);
  }

  private static ParallelLoss backward(ParallelDecoder decoder, PackedBatch batch) {
    return ParallelLoss.backward(decoder,
        Tensors.of(batch.tokens(), batch.rows(), batch.length()), Tensors.of(batch.documents(), batch.rows(), batch.length()),
        Tensors.of(batch.positions(), batch.positions().length), Tensors.of(batch.labels(), batch.labels().length));
  }

  private void save(ParallelOptimiser optimiser, Position position) throws IOException {
    optimiser.save(checkpoint(), Map.of(POSITION, Json.write(position)));
  }

  private Position restored(String identity, ParallelOptimiser optimiser) throws IOException {
    boolean there = Files.exists(checkpoint());
    agreed.requireSame("checkpoint in " + control.folder() + " (is it the same folder for all?)", there ? "one" : "none");
    if (!there) {
      return new Position(identity, 0, 0, 0);
    }
    Position position = Json.read(optimiser.load(checkpoint()).getOrDefault(POSITION, "{}"), Position.class);
    if (!identity.equals(position.settings)) {
      throw new IllegalStateException("%s was written with other settings:%n  %s%nnow:%n  %s%nDelete it to start anew."
          .formatted(checkpoint(), position.settings, identity));
    }
    optimiser.restored(position.step);
    return position;
  }
}
