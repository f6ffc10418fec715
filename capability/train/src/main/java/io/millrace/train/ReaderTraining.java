// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.core.document.Language;
import io.millrace.core.json.Json;
import io.millrace.model.encoder.EncoderWeights;
import io.millrace.model.encoder.PretrainedEncoder;
import io.millrace.tensor.DType;
import io.millrace.tensor.Tensors;
import io.millrace.tensor.Torch;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Teaches the pretrained encoder of a language to point at answers (Devlin et al. 2019, section 4.3).
 *
 * <p>Embeddings and the lowest layers stay as they are: training them costs most of the time and changes little.
 */
public final class ReaderTraining {
  /**
   * What is trained and how.
   *
   * @param language whose encoder it begins with
   * @param maxLength tokens of question and passage together; longer passages are read in windows
   * @param maxAnswerTokens longest answer
   * @param batchTokens tokens of a step, padding included
   * @param frozenLayers how many of the lowest layers, beside the embeddings, stay as they are
   * @param learningRate at the peak
   * @param schedule of the learning rate
   * @param budget when to stop
   * @param optimiser AdamW or another, with its constants
   * @param precision BF16, or F32 where numbers must be exact
   * @param seed of head and order
   */
  public record Settings(
      Language language,
      int maxLength,
      int maxAnswerTokens,
      int batchTokens,
      int frozenLayers,
      double learningRate,
      Schedule schedule,
      Budget budget,
      Optimiser.Settings optimiser,
      DType precision,
      long seed) {
    /** Checks the ranges. */
    public Settings {
      if (maxLength < 96 || maxLength > 512) {
        throw new IllegalArgumentException("maxLength " + maxLength + ": must be within 96 and 512");
      }
      if (maxAnswerTokens < 1 || batchTokens < maxLength) {
        throw new IllegalArgumentException("maxAnswerTokens %d must be at least 1, batchTokens %d at least maxLength %d"
            .formatted(maxAnswerTokens, batchTokens, maxLength));
      }
      if (frozenLayers < 0 || !(learningRate > 0)) {
        throw new IllegalArgumentException(
            "frozenLayers %d must not be negative, learningRate %s positive".formatted(frozenLayers, learningRate));
      }
    }

    /** Settings that suit a minute of two cores. */
    public static Settings small(Language language, Budget budget) {
      // The English encoder has 12 layers, the Chinese one 4.
      boolean deep = language == Language.ENGLISH;
      // A Han character is a token, so Chinese answers have more of them.
      return new Settings(language, 256, deep ? 128 : 224, 1024, deep ? 4 : 0, deep ? 4e-4 : 3e-4,
          new Schedule.Cosine(0.05, 0.02), budget, AdamW.Settings.ENCODER, Torch.fastest(), 1);
    }
  }

  /**
   * What came of it.
   *
   * @param outcome steps, time, loss curve
   * @param score on the held-out examples; null if there were none, or if the run was cancelled
   * @param skipped examples whose answer is longer than a window
   */
  public record Result(Outcome outcome, @Nullable ReaderScore score, int skipped) {}

  /** How many examples, at most, are kept from training to find the threshold. */
  private static final int MOST_KEPT = 400;

  /** A window with the tokens, counted within it, at which the answer begins and ends, 0 for none; and what is asked. */
  private record Item(SpanTokenizer.Window window, int start, int end, String question) {}

  private final Settings settings;
  private final RunControl control;

  /** A run; it continues where an earlier one in the same folder was interrupted. */
  public ReaderTraining(Settings settings, RunControl control) {
    this.settings = settings;
    this.control = control;
  }

  /**
   * Trains and, unless cancelled, writes the reader.
   *
   * @param heldOut examples to measure on; may be empty
   * @param output becomes a folder for {@link SpanReader#load}, and a BertForQuestionAnswering
   */
  public Result run(List<SpanExample> training, List<SpanExample> heldOut, Path output) throws IOException {
    byte[] tokenizerJson = PretrainedEncoder.tokenizer(settings.language);
    try (SpanTokenizer tokenizer = new SpanTokenizer(tokenizerJson, settings.maxLength);
        SpanModel master = SpanModel.on(PretrainedEncoder.load(settings.language), settings.seed);
        SpanModel working = master.as(settings.precision)) {
      // A few examples are kept from training: they tell from which score on answering pays.
      int kept = training.size() - Math.min(MOST_KEPT, training.size() / 10);
      Items read = Items.of(tokenizer, training.subList(0, kept));
      List<Item> items = read.items();
      LengthBuckets buckets = new LengthBuckets(
          items.stream().mapToInt(item -> item.window.tokens().length).toArray(), settings.batchTokens, settings.seed);
      working.weights().train(trained());
      TrainingLoop loop = new TrainingLoop(
          "reader-" + settings.language.code(), settings, settings.budget, settings.schedule,
          settings.learningRate, control);
      Outcome outcome;
      try (Optimiser optimiser = loop.optimiser(settings.optimiser, master.weights(), working.weights())) {
        outcome = loop.run(optimiser, TrainingLoop.Batch.naming(number -> {
          List<Item> chosen = chosen(items, buckets, number);
          SpanBatch batch = SpanBatch.of(chosen.stream().map(Item::window).toList(), working.config().padId());
          Tensor loss = working.loss(batch,
              Tensors.of(chosen.stream().mapToLong(Item::start).toArray(), chosen.size()),
              Tensors.of(chosen.stream().mapToLong(Item::end).toArray(), chosen.size()));
          loss.backward();
          return new TrainingLoop.Batch.Result(loss.item_double(), batch.tokens().length);
        }, number -> chosen(items, buckets, number).stream().map(Item::question).toList()));
      }
      int skipped = read.skipped();
      if (!outcome.finished()) {
        return new Result(outcome, null, skipped);
      }
      save(master, tokenizerJson, 0, output);
      double threshold;
      try (SpanReader reader = SpanReader.load(output, settings.precision)) {
        List<SpanExample> aside = training.subList(kept, training.size());
        threshold = AnswerThreshold.of(reader.readEach(aside), aside);
      }
      saveSettings(threshold, output);
      ReaderScore score = null;
      if (!heldOut.isEmpty()) {
        try (SpanReader reader = SpanReader.load(output, settings.precision)) {
          score = ReaderScore.of(reader, heldOut);
        }
      }
      loop.done();
      return new Result(outcome, score, skipped);
    }
  }

  private static List<Item> chosen(List<Item> items, LengthBuckets buckets, long number) {
    List<Item> chosen = new ArrayList<>();
    for (int item : buckets.batch(number)) {
      chosen.add(items.get(item));
    }
    return chosen;
  }

  private Predicate<String> trained() {
    return name -> name.startsWith(SpanModel.HEAD) || EncoderWeights.layerOf(name) >= settings.frozenLayers;
  }

  /**
   * What is trained on.
   *
   * @param items windows with the places of their answers
   * @param skipped examples whose answer fits no window
   */
  private record Items(List<Item> items, int skipped) {

    /** Long passages cost several short ones: of those one in so many is taken. */
    private static final int LONG_ONES_TAKEN = 4;

    static Items of(SpanTokenizer tokenizer, List<SpanExample> examples) {
      List<Item> items = new ArrayList<>();
      int skipped = 0;
      for (SpanExample example : examples) {
        List<SpanTokenizer.Window> windows = tokenizer.windows(example.question(), example.passage());
        int draw = Math.floorMod(example.question().hashCode(), LONG_ONES_TAKEN * windows.size());
        if (windows.size() > 1 && draw >= windows.size()) {
          continue;
        }
        SpanTokenizer.Window drawn = windows.get(draw % windows.size());
        if (!example.answered()) {
          items.add(new Item(drawn, 0, 0, Excerpt.of(example.question())));
          continue;
        }
        Item item = item(windows, example);
        if (item == null) {
          skipped++;
          continue;
        }
        items.add(item);
        // A long passage is read window by window; most do not hold the answer, which has to be learnt too.
        if (!touches(drawn, example)) {
          items.add(new Item(drawn, 0, 0, Excerpt.of(example.question())));
        }
      }
      if (items.isEmpty()) {
        throw new IllegalArgumentException("none of " + examples.size() + " examples can be learnt from");
      }
      return new Items(List.copyOf(items), skipped);
    }

    private static boolean touches(SpanTokenizer.Window window, SpanExample example) {
      for (int i = 0; i < window.starts().length; i++) {
        if (window.ends()[i] > example.start() && window.starts()[i] < example.end()) {
          return true;
        }
      }
      return false;
    }
  }

  /** The first window that holds the whole answer; null if none does. */
  private static @Nullable Item item(List<SpanTokenizer.Window> windows, SpanExample example) {
    for (SpanTokenizer.Window window : windows) {
      int first = -1;
      int last = -1;
      for (int i = 0; i < window.starts().length; i++) {
        if (window.ends()[i] > example.start() && window.starts()[i] < example.end()) {
          first = first < 0 ? i : first;
          last = i;
        }
      }
      boolean cutBefore = first == 0 && window.starts()[0] > example.start() && !window.equals(windows.getFirst());
      boolean cutAfter = last == window.starts().length - 1 && window.ends()[last] < example.end()
          && !window.equals(windows.getLast());
      if (first >= 0 && !cutBefore && !cutAfter) {
        return new Item(window, window.first() + first, window.first() + last, Excerpt.of(example.question()));
      }
    }
    return null;
  }

  private void save(SpanModel model, byte[] tokenizerJson, double threshold, Path output) throws IOException {
    model.save(output, DType.F32);
    Files.write(output.resolve(SpanReader.TOKENIZER), tokenizerJson);
    saveSettings(threshold, output);
  }

  private void saveSettings(double threshold, Path output) throws IOException {
    Files.writeString(output.resolve(SpanReader.SETTINGS), Json.writePretty(new SpanReader.Settings(
        PretrainedEncoder.name(settings.language) + "-reader", settings.language.code(),
        settings.maxLength, settings.maxAnswerTokens, threshold)));
  }
}
