// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.model.decoder.Decoder;
import io.millrace.tensor.DType;
import io.millrace.tensor.Device;
import io.millrace.tensor.Tensors;
import io.millrace.tensor.collective.Collective;
import io.millrace.train.distributed.Agreement;
import io.millrace.train.distributed.Sharding;
import io.millrace.train.parallel.Mesh;
import io.millrace.train.parallel.MeshGroups;
import io.millrace.train.parallel.ParallelDecoder;
import io.millrace.train.parallel.ParallelLoss;
import io.millrace.train.parallel.ParallelOptimiser;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Function;

/**
 * {@link Pretraining} of a decoder that no process holds alone: a {@link Mesh} of processes has slices of its matrices
 * and shares of its experts. Losses of routers are part of the loss.
 *
 * <p>The curve is the one that one process would draw with the same batch. A run continues with any other mesh, and
 * where one of {@link Pretraining} was stopped, as that does where one of these was.
 */
public final class ParallelPretraining {
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
      mesh.requireDivides("batchSize", training.batchSize());
    }
  }

  private final Settings settings;
  private final RunControl control;
  private final Device device;
  private final @Nullable Path base;

  /**
   * A run, in each process of the control's distribution at the same time; it continues where an earlier one in the same
   * folder was interrupted.
   *
   * @param control its folder is the same for all processes
   * @param device where this process computes
   * @throws IllegalArgumentException if the distribution shards too, which a mesh does not go with
   */
  public ParallelPretraining(Settings settings, RunControl control, Device device) {
    this(settings, control, device, null);
  }

  private ParallelPretraining(Settings settings, RunControl control, Device device, @Nullable Path base) {
    if (control.distribution().sharding() != Sharding.NONE) {
      throw new IllegalArgumentException("sharding %s with %s: processes of a mesh hold slices already; use sharding NONE"
          .formatted(control.distribution().sharding(), settings.mesh));
    }
    this.settings = settings;
    this.control = control;
    this.device = device;
    this.base = base;
  }

  /** The same, which begins with a decoder of a Hugging Face folder instead of a new one. */
  public ParallelPretraining from(Path decoder) {
    return new ParallelPretraining(settings, control, device, decoder);
  }

  /**
   * Trains and, unless cancelled, lets the first process write the decoder; see {@link Pretraining#run(int[], int[],
   * Function, Path)}.
   *
   * @throws IllegalArgumentException naming the size that the mesh does not divide
   * @throws IllegalStateException when processes were started with different settings, or a checkpoint with others
   */
  public Pretraining.Result run(int[] tokens, int[] heldOut, Function<Integer, String> names, Path output)
      throws IOException {
    Pretraining.Settings training = settings.training;
    TokenStream stream = new TokenStream(tokens, training.model().eosId(), training.sequenceLength());
    Collective all = control.distribution().group();
    new Agreement(all).requireSame("mesh", settings.mesh + " checkpointing=" + settings.checkpointing);
    try (MeshGroups groups = new MeshGroups(settings.mesh, all);
        ParallelDecoder decoder = decoder(groups)) {
      decoder.checkpointing(settings.checkpointing);
      Double before = perplexity(decoder, heldOut);
      TrainingLoop loop = training.loop(base, control).reading(DataFingerprint.of(tokens)).inUnison();
      Outcome outcome;
      try (ParallelOptimiser optimiser = new ParallelOptimiser(decoder, training.optimiser())) {
        outcome = loop.run(optimiser, TrainingLoop.Batch.naming(
            step -> learn(decoder, rows(stream, step, groups)),
            step -> stream.documents(step, training.batchSize(), training.seed()).stream().map(names).toList()));
      }
      if (!outcome.finished()) {
        return new Pretraining.Result(outcome, before, null);
      }
      decoder.save(output, DType.F32);
      Double after = perplexity(decoder, heldOut);
      loop.done();
      return new Pretraining.Result(outcome, before, after);
    }
  }

  private ParallelDecoder decoder(MeshGroups groups) throws IOException {
    Pretraining.Settings training = settings.training;
    return base == null
        ? ParallelDecoder.random(training.model(), training.seed(), groups, training.precision(), device)
        : ParallelDecoder.load(base, groups, training.precision(), device);
  }

  /** All processes read the same tokens here: each has only a part of what computes. */
  private @Nullable Double perplexity(ParallelDecoder decoder, int[] heldOut) {
    Decoder working = decoder.working();
    return heldOut.length < 2 ? null : (Double) Perplexity.of(working, heldOut, settings.training.sequenceLength());
  }

  private PackedBatch rows(TokenStream stream, long step, MeshGroups groups) {
    Mesh mesh = settings.mesh;
    int count = settings.training.batchSize() / mesh.readers();
    int reader = groups.seat().data() * mesh.expert() + groups.seat().expert();
    return stream.batch(step, settings.training.batchSize(), settings.training.seed()).rows(reader * count, count);
  }

  private static TrainingLoop.Batch.Result learn(ParallelDecoder decoder, PackedBatch batch) {
    ParallelLoss loss = ParallelLoss.backward(decoder,
        Tensors.of(batch.tokens(), batch.rows(), batch.length()), Tensors.of(batch.documents(), batch.rows(), batch.length()),
        Tensors.of(batch.positions(), batch.positions().length), Tensors.of(batch.labels(), batch.labels().length));
    return new TrainingLoop.Batch.Result(loss.loss(), loss.tokens(), loss.labels());
  }
}
