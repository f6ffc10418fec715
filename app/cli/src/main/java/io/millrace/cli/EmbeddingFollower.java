// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli;

import io.millrace.core.document.Language;
import io.millrace.core.spi.CosineScale;
import io.millrace.memory.BgeModel;
import io.millrace.memory.EmbedderModel;
import io.millrace.memory.EncoderEmbedder;
import io.millrace.memory.RegistryEmbedders;
import io.millrace.memory.TunedModel;
import io.millrace.nearline.Embedders;
import io.millrace.nearline.EmbeddingModels;
import io.millrace.nearline.Nearline;
import io.millrace.nearline.TunedEmbedding;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Lets the streaming tier embed by the models that are searched with or shall be, as the registry says. */
final class EmbeddingFollower implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(EmbeddingFollower.class);
  private static final Duration PERIOD = Duration.ofSeconds(1);

  private final RegistryEmbedders models;
  private final Nearline nearline;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("embedding-follower").factory());

  /** Confined to the timer. */
  private List<String> followed;

  /**
   * Starts to follow.
   *
   * @param now what the tier was started with
   */
  EmbeddingFollower(RegistryEmbedders models, Nearline nearline, EmbeddingModels now) {
    this.models = models;
    this.nearline = nearline;
    this.followed = names(now);
    timer.scheduleWithFixedDelay(this::follow, PERIOD.toMillis(), PERIOD.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Returns by which models passages have to be embedded now. */
  static EmbeddingModels of(RegistryEmbedders models) {
    boolean pretrained = false;
    List<TunedEmbedding> tuned = new ArrayList<>();
    for (Map.Entry<Language, Set<EmbedderModel>> each : models.needed().entrySet()) {
      for (EmbedderModel model : each.getValue()) {
        switch (model) {
          case BgeModel _ -> pretrained = true;
          case TunedModel own -> tuned.add(embedding(each.getKey(), own));
        }
      }
    }
    tuned.sort(Comparator.comparing(TunedEmbedding::model));
    return new EmbeddingModels(pretrained, tuned);
  }

  private static TunedEmbedding embedding(Language language, TunedModel model) {
    return new TunedEmbedding(model.id(), language, opener(model));
  }

  /** What opens the model where the work is done, which on a cluster is another process that sees the same registry. */
  private static Embedders opener(TunedModel model) {
    String id = model.id();
    String folder = model.folder().toAbsolutePath().toString();
    int dimension = model.dimension();
    String instruction = model.queryInstruction();
    int longest = model.longest();
    double factor = model.cosines().factor();
    double offset = model.cosines().offset();
    return (_, threads) ->
        new EncoderEmbedder(
            new TunedModel(id, Path.of(folder), dimension, instruction, longest, new CosineScale(factor, offset)), threads);
  }

  private static List<String> names(EmbeddingModels models) {
    List<String> names = new ArrayList<>(models.tuned().stream().map(TunedEmbedding::model).toList());
    if (models.pretrained()) {
      names.add("");
    }
    return names;
  }

  private void follow() {
    try {
      EmbeddingModels wanted = of(models);
      if (!names(wanted).equals(followed)) {
        nearline.embed(wanted);
        followed = names(wanted);
      }
    } catch (RuntimeException e) {
      LOG.warn("the embedding models cannot be followed for now: {}", e.toString());
    }
  }

  /** Stops following, once a change that is under way is done. */
  @Override
  public void close() {
    timer.close();
  }
}
