// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.core.json.Json;
import io.millrace.model.encoder.EncoderText;
import io.millrace.tensor.Tensors;
import io.millrace.train.data.LabelledText;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** Teaches an encoder to tell classes of texts, or of pairs of texts, apart (Devlin et al. 2019, section 4.1). */
public final class ClassifierTraining {
  /**
   * How it is trained.
   *
   * @param name of the result
   * @param maxLength tokens, beyond which texts are cut
   * @param batchSize texts of a micro-batch
   * @param lastLayers how many of the last layers learn, beside the head; 0 for the whole encoder
   * @param optimisation how it learns
   */
  public record Settings(String name, int maxLength, int batchSize, int lastLayers, Optimisation optimisation) {
    /** Checks the ranges. */
    public Settings {
      if (batchSize < 1 || lastLayers < 0) {
        throw new IllegalArgumentException(
            "batchSize %d must be at least 1, lastLayers %d not negative".formatted(batchSize, lastLayers));
      }
    }
  }

  /**
   * What came of it.
   *
   * @param outcome steps, time, loss curve
   * @param labels in the order of the head's outputs
   * @param before on the held-out texts with the head as it began; null if there were none
   * @param after the same afterwards; null if there were none, or if cancelled
   */
  public record Result(
      Outcome outcome, List<String> labels, @Nullable ClassificationScore before, @Nullable ClassificationScore after) {}

  private record Item(LabelledText text, EncoderText sequence, int label) {}

  private final Settings settings;
  private final RunControl control;

  /** A run; it continues where an earlier one in the same folder was interrupted. */
  public ClassifierTraining(Settings settings, RunControl control) {
    this.settings = settings;
    this.control = control;
  }

  /**
   * Trains a classifier and, unless cancelled, writes it.
   *
   * @param heldOut texts to measure on, of the same labels; may be empty
   * @param output becomes a folder for {@link TextClassifier#load}, and a BertForSequenceClassification
   */
  public Result run(EncoderBase base, List<LabelledText> texts, List<LabelledText> heldOut, Path output)
      throws IOException {
    Checks.enough(texts.size(), 2, "texts");
    List<String> labels = List.copyOf(new TreeSet<>(texts.stream().map(LabelledText::label).toList()));
    if (labels.size() < 2) {
      throw new IllegalArgumentException("all texts have the label " + labels + ": there is nothing to tell apart");
    }
    Optimisation optimisation = settings.optimisation;
    byte[] tokenizerJson = base.tokenizer();
    try (EncoderTokenizer tokenizer = new EncoderTokenizer(tokenizerJson, settings.maxLength);
        SequenceClassifier master = SequenceClassifier.on(base.load(), labels, optimisation.seed());
        SequenceClassifier working = master.as(optimisation.precision())) {
      tokenizer.checkFits(master.config());
      List<Item> items = items(tokenizer, texts, labels);
      List<Item> unseen = items(tokenizer, heldOut, labels);
      ClassificationScore before = unseen.isEmpty() ? null : score(working, unseen);
      working.train(Checks.firstLayer(settings.lastLayers, master.config()));
      LengthBuckets buckets = LengthBuckets.ofItems(
          items.stream().mapToInt(item -> item.sequence.length()).toArray(), settings.batchSize, optimisation.seed());
      TrainingLoop loop = optimisation.loop(
          "classifier", settings + ", " + Checks.print(texts.stream().map(LabelledText::toString)), control);
      Outcome outcome;
      try (Optimiser optimiser = loop.optimiser(optimisation.method(), master.weights(), working.weights())) {
        outcome = loop.run(optimiser, TrainingLoop.Batch.naming(
            number -> step(working, chosen(items, buckets, number)),
            number -> chosen(items, buckets, number).stream().map(item -> Excerpt.of(item.text.text())).toList()));
      }
      if (!outcome.finished()) {
        return new Result(outcome, labels, before, null);
      }
      master.save(tokenizerJson, output);
      Files.writeString(output.resolve(TextClassifier.SETTINGS),
          Json.write(new TextClassifier.Settings(settings.name, settings.maxLength)));
      ClassificationScore after = unseen.isEmpty() ? null : score(working, unseen);
      loop.done();
      return new Result(outcome, labels, before, after);
    }
  }

  private static List<Item> items(EncoderTokenizer tokenizer, List<LabelledText> texts, List<String> labels) {
    List<Item> items = new ArrayList<>();
    for (LabelledText text : texts) {
      int label = labels.indexOf(text.label());
      if (label < 0) {
        throw new IllegalArgumentException("held-out text %s has the label '%s', which no training text has; they have %s"
            .formatted(Excerpt.of(text.text()), text.label(), labels));
      }
      String second = text.second();
      items.add(new Item(
          text, second == null ? tokenizer.text(text.text()) : tokenizer.pair(text.text(), second), label));
    }
    return items;
  }

  private static List<Item> chosen(List<Item> items, LengthBuckets buckets, long number) {
    List<Item> chosen = new ArrayList<>();
    for (int item : buckets.batch(number)) {
      chosen.add(items.get(item));
    }
    return chosen;
  }

  private static TrainingLoop.Batch.Result step(SequenceClassifier model, List<Item> batch) {
    TextBatch texts = TextBatch.of(batch.stream().map(Item::sequence).toList(), model.config().padId());
    Tensor labels = Tensors.of(batch.stream().mapToLong(Item::label).toArray(), batch.size());
    Tensor loss = torch.cross_entropy_loss(model.scores(texts), labels);
    loss.mul(new Scalar((double) batch.size())).backward();
    return new TrainingLoop.Batch.Result(loss.item_double(), texts.tokens().length, batch.size());
  }

  private static ClassificationScore score(SequenceClassifier model, List<Item> items) {
    return ClassificationScore.of(
        model.read(items.stream().map(Item::sequence).toList()), items.stream().mapToInt(Item::label).toArray());
  }
}
