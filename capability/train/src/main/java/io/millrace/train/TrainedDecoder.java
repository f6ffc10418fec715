// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.model.checkpoint.Weights;
import io.millrace.model.decoder.Decoder;
import io.millrace.model.decoder.DecoderFolder;
import io.millrace.tensor.DType;
import io.millrace.train.adapter.Adaptation;
import io.millrace.train.adapter.AdaptedDecoder;
import io.millrace.train.adapter.Adapter;
import io.millrace.train.adapter.AdapterFolder;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;

/**
 * A decoder of a folder while a stage trains it: F32 masters that learn, and a decoder that computes with a copy of
 * them. Either all of it learns, or only an adapter beside it.
 */
final class TrainedDecoder implements AutoCloseable {
  /** Where the adapter lies within the result's folder, which holds the merged decoder. */
  static final String ADAPTER = "adapter";

  private static final String LEARNING = "learning";

  private final Path base;
  private final Decoder working;
  private final @Nullable Decoder whole;
  private final @Nullable Adapter adapter;
  private final @Nullable AdaptedDecoder adapted;
  private final Weights trained;

  private TrainedDecoder(Path base, Decoder whole, Decoder working) {
    this.base = base;
    this.whole = whole;
    this.working = working;
    this.adapter = null;
    this.adapted = null;
    this.trained = working.weights();
  }

  private TrainedDecoder(Path base, Adapter adapter, AdaptedDecoder adapted) {
    this.base = base;
    this.whole = null;
    this.working = adapted.decoder();
    this.adapter = adapter;
    this.adapted = adapted;
    this.trained = adapted.working(LEARNING);
  }

  /**
   * Reads a decoder to train.
   *
   * @param base a Hugging Face folder
   * @param adaptation what of it is trained
   * @throws IllegalArgumentException naming what does not fit
   */
  static TrainedDecoder open(Path base, Adaptation adaptation, Optimisation optimisation) throws IOException {
    return switch (adaptation) {
      case Adaptation.Whole _ -> {
        Decoder whole = DecoderFolder.load(base);
        Decoder working = whole.as(optimisation.precision()).checkpointing(optimisation.checkpointing());
        working.weights().train(_ -> true);
        yield new TrainedDecoder(base, whole, working);
      }
      case Adaptation.LowRank(var lora, var frozen) -> {
        try (Decoder stored = DecoderFolder.load(base)) {
          Adapter adapter = Adapter.random(stored, lora, optimisation.seed());
          AdaptedDecoder adapted =
              AdaptedDecoder.of(stored, Map.of(LEARNING, adapter), Map.of(), frozen, optimisation.precision());
          adapted.decoder().checkpointing(optimisation.checkpointing());
          TrainedDecoder result = new TrainedDecoder(base, adapter, adapted);
          result.trained.train(_ -> true);
          yield result;
        }
      }
    };
  }

  /** The decoder that computes; it belongs to this. */
  Decoder decoder() {
    return working;
  }

  /** Lets only these of the trained tensors learn, by name; for losses that do not depend on all of them. */
  void trainOnly(Predicate<String> names) {
    trained.train(names);
  }

  /** An optimiser of what learns. */
  Optimiser optimiser(TrainingLoop loop, Optimiser.Settings method) {
    return following(trained, loop.optimiser(method, masters(), trained));
  }

  /** An optimiser of what learns and of a head on top of it. */
  Optimiser optimiser(TrainingLoop loop, Optimiser.Settings method, ScalarHead head) {
    try (Weights masters = joined(masters(), head.masters());
        Weights computing = joined(trained, head.working())) {
      return following(computing, loop.optimiser(method, masters, computing));
    }
  }

  /** Lets the decoder announce its blocks and its gradients to whoever brings and takes those of what learns. */
  private Optimiser following(Weights learning, Optimiser optimiser) {
    working.weights().resideWith(learning.residence());
    working.weights().announceGradientsTo(learning.gradientListener());
    return optimiser;
  }

  /** The tensors of both, which stay their owners'. */
  private static Weights joined(Weights some, Weights more) {
    Map<String, Tensor> all = new LinkedHashMap<>(some.named());
    all.putAll(more.named());
    return Weights.of(some.dtype(), all);
  }

  private Weights masters() {
    return whole != null ? whole.weights() : Objects.requireNonNull(adapter).weights();
  }

  /**
   * The decoder as it was before training, to compare with: the caller closes it. With an adapter it copies nothing.
   * Ask before the first step.
   */
  Decoder reference() {
    return adapted != null ? adapted.withoutAdapters() : working.as(working.weights().dtype());
  }

  /** How many numbers learn. */
  long parameters() {
    return trained.parameters();
  }

  /**
   * Writes the result as a Hugging Face folder with all that belongs to the base, and an adapter into
   * {@value #ADAPTER} beside the decoder that it is merged into.
   */
  void save(Path output) throws IOException {
    save(output, decoder -> DecoderFolder.save(decoder, output, DType.F32));
  }

  /** How a folder is written. */
  interface Writing {
    void write(Decoder result) throws IOException;
  }

  /** As {@link #save(Path)}, the decoder itself being written in another way. */
  void save(Path output, Writing writing) throws IOException {
    if (adapter != null) {
      AdapterFolder.save(adapter, base.toString(), output.resolve(ADAPTER));
      try (Decoder merged = DecoderFolder.load(base)) {
        adapter.mergeInto(merged, 1);
        writing.write(merged);
      }
    } else {
      writing.write(Objects.requireNonNull(whole));
    }
    ModelFiles.copyCompanions(base, output);
  }

  @Override
  public void close() {
    if (adapted != null) {
      trained.close();
      adapted.close();
    }
    if (adapter != null) {
      adapter.close();
    }
    if (whole != null) {
      working.close();
      whole.close();
    }
  }
}
