// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.core.spi.CosineScale;
import io.millrace.model.encoder.EmbedderSettings;
import io.millrace.model.encoder.Encoder;
import io.millrace.model.encoder.EncoderText;
import io.millrace.model.encoder.EncoderWeights;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import io.millrace.train.data.RelevantPair;
import io.millrace.train.loss.InfoNceLoss;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Teaches an encoder which texts of a domain belong together: each query must find its own text among the texts of the
 * whole batch and hard negatives (Karpukhin et al. 2020; Xiao et al. 2023, section 3.2).
 */
public final class EmbedderTraining {
  /**
   * How it is trained.
   *
   * @param name of the result, part of every vector's provenance
   * @param maxLength tokens, beyond which texts are cut
   * @param queryInstruction put before each query; empty for nothing
   * @param batchSize pairs of a micro-batch; each pair's text is a negative of all others
   * @param negatives hard ones a pair, at most; 0 for only those of the batch
   * @param lastLayers how many of the last layers learn; 0 for the whole encoder, embeddings included
   * @param share how much of what was learned is taken, above 0 to 1: each weight lies that far on the line from where it was to
   *     where it came, which keeps much of what the encoder knew and the training does not ask for (Wortsman et al. 2022,
   *     arXiv:2109.01903)
   * @param loss on cosines
   * @param optimisation how it learns
   */
  public record Settings(
      String name,
      int maxLength,
      String queryInstruction,
      int batchSize,
      int negatives,
      int lastLayers,
      double share,
      InfoNceLoss loss,
      Optimisation optimisation) {
    /** Checks the ranges. */
    public Settings {
      if (batchSize < 2) {
        throw new IllegalArgumentException(
            "batchSize " + batchSize + ": must be at least 2, since the other pairs of a batch are the negatives");
      }
      if (negatives < 0 || lastLayers < 0) {
        throw new IllegalArgumentException(
            "negatives %d and lastLayers %d must not be negative".formatted(negatives, lastLayers));
      }
      if (!(share > 0 && share <= 1)) {
        throw new IllegalArgumentException("share " + share + ": how much of what was learned is taken is above 0, and 1 for all of it");
      }
    }

    EmbedderSettings embedder(CosineScale cosines) {
      return new EmbedderSettings(name, queryInstruction, maxLength, cosines);
    }
  }

  /**
   * What came of it.
   *
   * @param outcome steps, time, loss curve
   * @param before on the held-out pairs before training, every held-out text being a candidate; null if there were none
   * @param after the same afterwards; null if there were none, or if cancelled
   * @param cosines on which scale its cosines are those of the encoder that it was: on it, the texts of other queries that lie
   *     nearest to each held-out query are as near as they were; {@link CosineScale#PLAIN} if there were none, or if cancelled
   */
  public record Result(Outcome outcome, @Nullable RankingScore before, @Nullable RankingScore after, CosineScale cosines) {}

  /**
   * What an encoder makes of the held-out pairs.
   *
   * @param score how it ranks them
   * @param strange for each query the highest cosine with a text that belongs to other queries
   */
  private record HeldOut(RankingScore score, double[] strange) {}

  /** A pair as the encoder reads it. */
  private record Item(RelevantPair pair, List<String> negatives, EncoderText query,
      EncoderText positive, List<EncoderText> hard) {
    int tokens() {
      return query.length() + positive.length() + hard.stream().mapToInt(EncoderText::length).sum();
    }
  }

  private final Settings settings;
  private final RunControl control;

  /** A run; it continues where an earlier one in the same folder was interrupted. */
  public EmbedderTraining(Settings settings, RunControl control) {
    this.settings = settings;
    this.control = control;
  }

  /**
   * Trains an encoder and, unless cancelled, writes it.
   *
   * @param source of hard negatives
   * @param heldOut pairs to measure on; may be empty
   * @param output becomes a folder for {@link TextEmbedder#load}, and a BertModel
   */
  public Result run(
      EncoderBase base, List<RelevantPair> pairs, HardNegatives source, List<RelevantPair> heldOut, Path output)
      throws IOException {
    Checks.enough(pairs.size(), 2, "pairs");
    Optimisation optimisation = settings.optimisation;
    byte[] tokenizerJson = base.tokenizer();
    try (EncoderTokenizer tokenizer = new EncoderTokenizer(tokenizerJson, settings.maxLength);
        Encoder master = base.load();
        Encoder working = master.as(optimisation.precision())) {
      tokenizer.checkFits(master.config());
      int first = Checks.firstLayer(settings.lastLayers, master.config());
      HeldOut before = heldOut.isEmpty() ? null : score(working, tokenizer, heldOut);
      RankingScore scoreBefore = before == null ? null : before.score;
      List<Item> items = items(tokenizer, pairs, source.of(pairs, settings.negatives));
      Map<String, Set<String>> answers = answers(pairs);
      LengthBuckets buckets = LengthBuckets.ofItems(
          items.stream().mapToInt(Item::tokens).toArray(), settings.batchSize, optimisation.seed());
      working.weights().train(name -> EncoderWeights.layerOf(name) >= first);
      TrainingLoop loop = optimisation.loop("embedder", settings + ", " + Checks.print(items.stream()
          .map(item -> item.pair + " " + item.negatives)), control);
      Outcome outcome;
      try (Optimiser optimiser = loop.optimiser(optimisation.method(), master.weights(), working.weights())) {
        outcome = loop.run(optimiser, TrainingLoop.Batch.naming(
            number -> step(working, chosen(items, buckets, number), answers),
            number -> chosen(items, buckets, number).stream().map(item -> Excerpt.of(item.pair.query())).toList()));
      }
      if (!outcome.finished()) {
        return new Result(outcome, scoreBefore, null, CosineScale.PLAIN);
      }
      if (settings.share < 1) {
        moveBack(master, base);
      }
      HeldOut after = null;
      if (before != null) {
        try (Encoder taken = master.as(optimisation.precision())) {
          after = score(taken, tokenizer, heldOut);
        }
      }
      CosineScale cosines = before == null || after == null ? CosineScale.PLAIN : CosineScale.between(before.strange, after.strange);
      TextEmbedder.save(master, tokenizerJson, settings.embedder(cosines), output);
      loop.done();
      return new Result(outcome, scoreBefore, after == null ? null : after.score, cosines);
    }
  }

  /** Leaves as much of what was learned as is to be taken; what did not learn stays as it was, bit for bit. */
  private void moveBack(Encoder master, EncoderBase base) throws IOException {
    try (Encoder start = base.load();
        NoGrad _ = NoGrad.open()) {
      master.weights().named().forEach((name, learned) -> {
        try (Scope _ = Scope.open()) {
          Tensor was = start.weights().get(name);
          learned.copy_(learned.sub(was).mul(new Scalar(settings.share)).add(was));
        }
      });
    }
  }

  private List<Item> items(EncoderTokenizer tokenizer, List<RelevantPair> pairs, List<List<String>> negatives) {
    List<Item> items = new ArrayList<>();
    for (int i = 0; i < pairs.size(); i++) {
      RelevantPair pair = pairs.get(i);
      items.add(new Item(pair, negatives.get(i), tokenizer.text(settings.queryInstruction + pair.query()),
          tokenizer.text(pair.positive()), negatives.get(i).stream().map(tokenizer::text).toList()));
    }
    return items;
  }

  private static Map<String, Set<String>> answers(List<RelevantPair> pairs) {
    Map<String, Set<String>> answers = new HashMap<>();
    pairs.forEach(pair -> answers.computeIfAbsent(pair.query(), _ -> new HashSet<>()).add(pair.positive()));
    return answers;
  }

  private static List<Item> chosen(List<Item> items, LengthBuckets buckets, long number) {
    List<Item> chosen = new ArrayList<>();
    for (int item : buckets.batch(number)) {
      chosen.add(items.get(item));
    }
    return chosen;
  }

  private TrainingLoop.Batch.Result step(Encoder encoder, List<Item> batch, Map<String, Set<String>> answers) {
    List<EncoderText> sequences = new ArrayList<>(batch.stream().map(Item::positive).toList());
    List<String> texts = new ArrayList<>(batch.stream().map(item -> item.pair.positive()).toList());
    for (Item item : batch) {
      sequences.addAll(item.hard);
      texts.addAll(item.negatives);
    }
    int pad = encoder.config().padId();
    TextBatch queries = TextBatch.of(batch.stream().map(Item::query).toList(), pad);
    TextBatch passages = TextBatch.of(sequences, pad);
    Tensor loss = settings.loss.of(
        TextEmbedder.vectors(encoder, queries), TextEmbedder.vectors(encoder, passages), banned(batch, texts, answers));
    loss.mul(new Scalar((double) batch.size())).backward();
    return new TrainingLoop.Batch.Result(
        loss.item_double(), queries.tokens().length + passages.tokens().length, batch.size());
  }

  /** Texts that answer a query, or say the same, are no negatives of it: [queries, texts]. */
  private static Tensor banned(List<Item> batch, List<String> texts, Map<String, Set<String>> answers) {
    int[] banned = new int[batch.size() * texts.size()];
    for (int row = 0; row < batch.size(); row++) {
      RelevantPair own = batch.get(row).pair;
      Set<String> right = answers.getOrDefault(own.query(), Set.of());
      for (int i = 0; i < texts.size(); i++) {
        boolean same = right.contains(texts.get(i)) || texts.get(i).equals(own.query());
        banned[row * texts.size() + i] = same && i != row ? 1 : 0;
      }
    }
    return Tensors.of(banned, batch.size(), texts.size()).ne(new Scalar(0));
  }

  /** Ranks all held-out texts, hard negatives included, for each held-out query. */
  private HeldOut score(Encoder encoder, EncoderTokenizer tokenizer, List<RelevantPair> heldOut) {
    Map<String, Set<String>> answers = answers(heldOut);
    Set<String> all = new LinkedHashSet<>();
    Map<String, Set<String>> own = new HashMap<>();
    for (RelevantPair pair : heldOut) {
      Set<String> beside = own.computeIfAbsent(pair.query(), _ -> new HashSet<>());
      beside.add(pair.positive());
      beside.addAll(pair.negatives());
      all.addAll(beside);
    }
    List<String> texts = List.copyOf(all);
    List<String> queries = List.copyOf(answers.keySet().stream().sorted().toList());
    float[][] known = TextEmbedder.read(encoder, texts.stream().map(tokenizer::text).toList());
    float[][] asked = TextEmbedder.read(
        encoder, queries.stream().map(query -> tokenizer.text(settings.queryInstruction + query)).toList());
    double[] strange = new double[queries.size()];
    RankingScore.Tally tally = new RankingScore.Tally();
    try (Scope _ = Scope.open();
        NoGrad _ = NoGrad.open()) {
      Tensor matrix = stacked(known).t();
      for (int i = 0; i < queries.size(); i++) {
        try (Scope _ = Scope.open()) {
          Set<String> right = answers.getOrDefault(queries.get(i), Set.of());
          boolean[] relevant = new boolean[texts.size()];
          for (int t = 0; t < relevant.length; t++) {
            relevant[t] = right.contains(texts.get(t));
          }
          double[] cosines = Tensors.doubles(Tensors.of(asked[i], 1, asked[i].length).matmul(matrix));
          tally.add(cosines, relevant);
          strange[i] = nearest(cosines, texts, own.getOrDefault(queries.get(i), Set.of()));
        }
      }
    }
    return new HeldOut(tally.score(), Arrays.stream(strange).filter(cosine -> !Double.isNaN(cosine)).toArray());
  }

  /** The highest cosine with a text that is not a query's own; NaN if all are. */
  private static double nearest(double[] cosines, List<String> texts, Set<String> own) {
    double nearest = Double.NaN;
    for (int i = 0; i < cosines.length; i++) {
      if (!own.contains(texts.get(i)) && !(cosines[i] <= nearest)) {
        nearest = cosines[i];
      }
    }
    return nearest;
  }

  private static Tensor stacked(float[][] rows) {
    TensorVector vector = new TensorVector();
    for (float[] row : rows) {
      vector.push_back(Tensors.of(row, row.length));
    }
    return torch.stack(vector);
  }
}
