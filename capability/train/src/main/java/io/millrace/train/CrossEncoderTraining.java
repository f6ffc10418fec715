// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.core.document.Language;
import io.millrace.core.json.Json;
import io.millrace.model.encoder.CrossEncoderSettings;
import io.millrace.model.encoder.Encoder;
import io.millrace.model.encoder.EncoderText;
import io.millrace.model.encoder.PairLayout;
import io.millrace.tensor.Tensors;
import io.millrace.train.data.RelevantPair;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Teaches an encoder to say how relevant a text is to a query that it reads together with it (Nogueira and Cho 2019). */
public final class CrossEncoderTraining {
  /** What a query and its texts are compared by. */
  public enum Loss {
    /** Each text for itself: is it relevant or not (binary cross-entropy)? */
    POINTWISE {
      @Override
      Tensor of(Tensor scores, Tensor wanted) {
        // The stable form of the binary cross-entropy: softplus(score) - wanted · score.
        return torch.softplus(scores).sub(wanted.mul(scores)).mean();
      }
    },
    /** All texts of a query against each other: which one is it (softmax; Cao et al. 2007, ListNet)? */
    LISTWISE {
      @Override
      Tensor of(Tensor scores, Tensor wanted) {
        return scores.log_softmax(1).mul(wanted).sum(1).mean().neg();
      }
    };

    /**
     * The mean loss of queries.
     *
     * @param scores [queries, texts], the relevant text first
     * @param wanted [queries, texts], probabilities; 1 for the relevant text where nobody teaches
     */
    abstract Tensor of(Tensor scores, Tensor wanted);
  }

  /**
   * How it is trained.
   *
   * @param name of the result
   * @param maxLength tokens of query and text together
   * @param layout of both
   * @param batchSize queries of a micro-batch
   * @param negatives texts beside the relevant one: the pair's own hard ones first, then texts of other pairs
   * @param lastLayers how many of the last layers learn, beside the head; 0 for the whole encoder
   * @param loss on the texts of a query
   * @param optimisation how it learns
   */
  public record Settings(
      String name, int maxLength, PairLayout layout, int batchSize, int negatives, int lastLayers, Loss loss, Optimisation optimisation) {
    private static final int SMALL_TOKENS = 64;
    private static final int SMALL_BATCH = 4;
    private static final int SMALL_NEGATIVES = 7;
    private static final int TEACHER_TOKENS = 128;
    private static final double TEACHER_RATE = 5e-5;

    /** Small encoders begin with random layers and learn as fast as these allow. */
    private static final double SMALL_RATE = 1e-3;

    /** Those of a small one, which reads fifty pairs while a search waits; see {@link #smallBase}. */
    public static Settings small(String name, Budget budget) {
      return new Settings(
          name, SMALL_TOKENS, PairLayout.MARKED, SMALL_BATCH, SMALL_NEGATIVES, 0, Loss.LISTWISE, Optimisation.of(SMALL_RATE, budget));
    }

    /** Those of a pretrained encoder that teaches a small one: it reads the same texts, and more of each. */
    public static Settings teacher(String name, Budget budget) {
      return new Settings(name, TEACHER_TOKENS, PairLayout.PLAIN, SMALL_BATCH, SMALL_NEGATIVES, 0, Loss.LISTWISE,
          Optimisation.of(TEACHER_RATE, budget));
    }

    /** What a small one begins with: two layers of 128, in whole vectors of every processor. */
    public EncoderBase smallBase(Language language) {
      return new EncoderBase.Small(language, 2, 128, 256, 4, maxLength, layout.types());
    }

    /** Checks the ranges. */
    public Settings {
      if (batchSize < 1 || negatives < 1 || lastLayers < 0) {
        throw new IllegalArgumentException("batchSize %d and negatives %d must be at least 1, lastLayers %d not negative"
            .formatted(batchSize, negatives, lastLayers));
      }
    }
  }

  /**
   * What came of it, each held-out query having {@value #CANDIDATES} candidates: its text, its hard negatives, and
   * texts of others.
   *
   * @param outcome steps, time, loss curve
   * @param before of the cosines of the encoder that it began with; null if nothing was held out
   * @param after of the trained cross-encoder; null if nothing was held out, or if cancelled
   */
  public record Result(Outcome outcome, @Nullable RankingScore before, @Nullable RankingScore after) {}

  static final int CANDIDATES = 10;

  /** A query with its texts, the relevant one first. */
  private record Group(String query, List<String> texts) {}

  private final Settings settings;
  private final RunControl control;
  private final Teaching teaching;

  /** What was asked of the teacher, which costs more than all else. */
  private final Map<Group, double[]> wanted = new HashMap<>();

  /** A run; it continues where an earlier one in the same folder was interrupted. */
  public CrossEncoderTraining(Settings settings, RunControl control) {
    this(settings, Teaching.NONE, control);
  }

  /** The same, with a teacher; its opinion is one on all texts of a query, so they are compared {@link Loss#LISTWISE}. */
  public CrossEncoderTraining(Settings settings, Teaching teaching, RunControl control) {
    if (teaching.share() > 0 && settings.loss != Loss.LISTWISE) {
      throw new IllegalArgumentException("loss " + settings.loss + " takes no teacher: use " + Loss.LISTWISE);
    }
    this.settings = settings;
    this.teaching = teaching;
    this.control = control;
  }

  /**
   * Trains a cross-encoder and, unless cancelled, writes it.
   *
   * @param source of hard negatives
   * @param heldOut pairs to measure on; may be empty
   * @param output becomes a folder for {@link CrossEncoder#load}, and a BertForSequenceClassification
   */
  public Result run(
      EncoderBase base, List<RelevantPair> pairs, HardNegatives source, List<RelevantPair> heldOut, Path output)
      throws IOException {
    Checks.enough(pairs.size(), 2, "pairs");
    Optimisation optimisation = settings.optimisation;
    byte[] tokenizerJson = base.tokenizer();
    List<Group> groups = groups(pairs, source.of(pairs, settings.negatives), settings.negatives, optimisation.seed());
    List<Group> unseen = heldOut.size() < 2 ? List.of()
        : groups(heldOut, HardNegatives.GIVEN.of(heldOut, CANDIDATES - 1), CANDIDATES - 1, optimisation.seed());
    try (EncoderTokenizer tokenizer = new EncoderTokenizer(tokenizerJson, settings.maxLength)) {
      RankingScore before;
      try (Encoder encoder = base.load()) {
        tokenizer.checkFits(encoder.config());
        if (settings.layout.types() > encoder.config().typeVocabSize()) {
          throw new IllegalArgumentException("layout %s has %d types of tokens, the encoder embeds %d"
              .formatted(settings.layout, settings.layout.types(), encoder.config().typeVocabSize()));
        }
        before = unseen.isEmpty() ? null : cosines(encoder, tokenizer, unseen);
      }
      try (SequenceClassifier master =
              SequenceClassifier.on(base.load(), List.of("relevance"), optimisation.seed());
          SequenceClassifier working = master.as(optimisation.precision())) {
        working.train(Checks.firstLayer(settings.lastLayers, master.config()));
        ShuffledBatches<Group> batches = new ShuffledBatches<>(groups, settings.batchSize, optimisation.seed());
        TrainingLoop loop = optimisation.loop(
            "cross-encoder", settings + teaching.identity() + ", " + Checks.print(groups.stream().map(Group::toString)), control);
        Outcome outcome;
        try (Optimiser optimiser = loop.optimiser(optimisation.method(), master.weights(), working.weights())) {
          outcome = loop.run(optimiser, TrainingLoop.Batch.naming(
              number -> step(working, tokenizer, batches.batch(number)),
              number -> batches.batch(number).stream().map(group -> Excerpt.of(group.query)).toList()));
        }
        if (!outcome.finished()) {
          return new Result(outcome, before, null);
        }
        master.save(tokenizerJson, output);
        Files.writeString(output.resolve(CrossEncoderSettings.FILE),
            Json.write(new CrossEncoderSettings(settings.name, settings.maxLength, settings.layout)));
        RankingScore after = unseen.isEmpty() ? null : score(working, tokenizer, unseen);
        loop.done();
        return new Result(outcome, before, after);
      }
    }
  }

  /** Each query with its text and so many others: those that are given, then some that belong to other queries. */
  private static List<Group> groups(
      List<RelevantPair> pairs, List<List<String>> negatives, int count, long seed) {
    Map<String, Set<String>> answers = new HashMap<>();
    pairs.forEach(pair -> answers.computeIfAbsent(pair.query(), _ -> new HashSet<>()).add(pair.positive()));
    SplittableRandom random = new SplittableRandom(seed);
    List<Group> groups = new ArrayList<>();
    for (int i = 0; i < pairs.size(); i++) {
      RelevantPair pair = pairs.get(i);
      Set<String> right = answers.getOrDefault(pair.query(), Set.of());
      List<String> texts = new ArrayList<>(List.of(pair.positive()));
      negatives.get(i).stream().filter(text -> !right.contains(text) && !texts.contains(text)).limit(count)
          .forEach(texts::add);
      // Small data may not offer enough; the query is then left with fewer after so many tries.
      for (int tries = 0; texts.size() <= count && tries < 20 * count; tries++) {
        String other = pairs.get(random.nextInt(pairs.size())).positive();
        if (!right.contains(other) && !texts.contains(other) && !other.equals(pair.query())) {
          texts.add(other);
        }
      }
      if (texts.size() <= count) {
        throw new IllegalArgumentException("query %s has only %d texts to be compared with, but %d are wanted: give more pairs, or fewer negatives"
            .formatted(Excerpt.of(pair.query()), texts.size() - 1, count));
      }
      groups.add(new Group(pair.query(), texts));
    }
    return groups;
  }

  private TrainingLoop.Batch.Result step(SequenceClassifier model, EncoderTokenizer tokenizer, List<Group> batch) {
    TextBatch texts = TextBatch.of(sequences(tokenizer, batch), model.config().padId());
    Tensor scores = model.scores(texts).view(batch.size(), -1);
    Tensor loss = settings.loss.of(scores, wanted(batch).to(scores.scalar_type()));
    loss.mul(new Scalar((double) batch.size())).backward();
    return new TrainingLoop.Batch.Result(loss.item_double(), texts.tokens().length, batch.size());
  }

  /** What the scores of the queries' texts should come to, [queries, texts]. */
  private Tensor wanted(List<Group> batch) {
    double[] rows = batch.stream()
        .flatMapToDouble(group -> Arrays.stream(wanted.computeIfAbsent(group, _ -> teaching.wanted(group.query, group.texts))))
        .toArray();
    return Tensors.of(rows, batch.size(), rows.length / batch.size());
  }

  private List<EncoderText> sequences(EncoderTokenizer tokenizer, List<Group> groups) {
    return groups.stream()
        .flatMap(group -> group.texts.stream().map(text -> tokenizer.pair(group.query, text, settings.layout))).toList();
  }

  private RankingScore score(SequenceClassifier model, EncoderTokenizer tokenizer, List<Group> groups) {
    double[][] scores = model.read(sequences(tokenizer, groups));
    RankingScore.Tally tally = new RankingScore.Tally();
    int at = 0;
    for (Group group : groups) {
      int from = at;
      tally.add(IntStream.range(0, group.texts.size()).mapToDouble(i -> scores[from + i][0]).toArray(), first(group));
      at += group.texts.size();
    }
    return tally.score();
  }

  private static RankingScore cosines(Encoder encoder, EncoderTokenizer tokenizer, List<Group> groups) {
    float[][] queries = TextEmbedder.read(encoder, groups.stream().map(group -> tokenizer.text(group.query)).toList());
    float[][] texts = TextEmbedder.read(
        encoder, groups.stream().flatMap(group -> group.texts.stream()).map(tokenizer::text).toList());
    RankingScore.Tally tally = new RankingScore.Tally();
    int at = 0;
    for (int g = 0; g < groups.size(); g++) {
      double[] scores = new double[groups.get(g).texts.size()];
      for (int i = 0; i < scores.length; i++) {
        for (int d = 0; d < queries[g].length; d++) {
          scores[i] += queries[g][d] * texts[at][d];
        }
        at++;
      }
      tally.add(scores, first(groups.get(g)));
    }
    return tally.score();
  }

  private static boolean[] first(Group group) {
    boolean[] relevant = new boolean[group.texts.size()];
    relevant[0] = true;
    return relevant;
  }
}
