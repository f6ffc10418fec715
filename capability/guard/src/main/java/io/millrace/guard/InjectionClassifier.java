// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard;

import io.millrace.core.document.QuestionAnswer;
import io.millrace.core.json.Json;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * Estimates how likely an input is an attempt to take the model over. It sees normalised text as hashed n-grams; its
 * probability is calibrated (Platt 1999) and its threshold chosen on examples that it was not trained on. Immutable.
 */
public final class InjectionClassifier {

  /** The one file in an artifact's directory. */
  public static final String FILE = "injection-classifier.bin";

  private static final int MAGIC = 0x4D524943;
  private static final int WINDOW = 600;
  private static final int OVERLAP = 120;
  private static final int REASONS = 5;

  /**
   * How to train.
   *
   * @param seed same seed and domain, same model
   * @param perTemplate examples drawn from each template of the grammar
   * @param epochs how often each example is seen
   * @param falsePositiveRate at most this share of harmless held-out inputs is flagged
   */
  public record Settings(long seed, int perTemplate, int epochs, double falsePositiveRate) {
    public Settings {
      if (perTemplate < 1 || epochs < 1) {
        throw new IllegalArgumentException(
            perTemplate + " examples a template and " + epochs + " epochs: both must be positive");
      }
      if (!(falsePositiveRate > 0 && falsePositiveRate < 1)) {
        throw new IllegalArgumentException("false-positive rate " + falsePositiveRate + " is not between 0 and 1");
      }
    }

    /** What is used unless somebody says otherwise. */
    public static Settings defaults() {
      return new Settings(7, 40, 4, 0.005);
    }
  }

  /**
   * What the classifier holds of an input.
   *
   * @param score calibrated probability of an attack
   * @param flagged whether the score reaches the threshold
   * @param reasons the n-grams that spoke most for an attack; empty when it is not flagged
   */
  public record Assessment(double score, boolean flagged, List<String> reasons) {
    public Assessment {
      reasons = List.copyOf(reasons);
    }
  }

  /** What the file says beside the weights. */
  private record Header(
      int dimensions, double bias, double slope, double offset, double threshold, Map<String, Double> scores) {}

  private final LogisticRegression model;
  private final Header header;

  private InjectionClassifier(LogisticRegression model, Header header) {
    this.model = model;
    this.header = header;
  }

  /**
   * Trains on attacks and harmless inputs that are made from our grammar and the domain's own content.
   *
   * @param domain questions and passages that are harmless; a few thousand suffice, and there may be none
   */
  public static InjectionClassifier train(List<QuestionAnswer> domain, Settings settings) {
    List<InjectionExamples.Example> examples =
        InjectionExamples.of(domain, settings.perTemplate(), settings.seed());
    List<int[]> features = new ArrayList<>();
    List<InjectionExamples.Example> training = new ArrayList<>();
    for (InjectionExamples.Example example : examples) {
      if (example.part() == InjectionExamples.Part.TRAIN) {
        training.add(example);
        features.add(Ngrams.of(clip(InputViews.plain(example.text()))));
      }
    }
    boolean[] labels = new boolean[training.size()];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = training.get(i).attack();
    }
    LogisticRegression model =
        LogisticRegression.train(
            features, labels, Ngrams.DIMENSIONS, settings.epochs(), new SplittableRandom(settings.seed()));

    double[] attacks = logits(model, examples, InjectionExamples.Part.CALIBRATE, true);
    double[] harmless = logits(model, examples, InjectionExamples.Part.CALIBRATE, false);
    PlattScaling scaling = PlattScaling.fit(attacks, harmless);
    double threshold = threshold(harmless, settings.falsePositiveRate());

    BinaryScores test =
        BinaryScores.of(
            logits(model, examples, InjectionExamples.Part.TEST, true),
            logits(model, examples, InjectionExamples.Part.TEST, false),
            threshold);
    return new InjectionClassifier(
        model,
        new Header(
            Ngrams.DIMENSIONS, model.bias(), scaling.slope(), scaling.offset(), scaling.apply(threshold), test.asMap()));
  }

  /** Judges an input as a user wrote it. */
  public Assessment assess(String text) {
    return assessNormalised(InputViews.plain(text));
  }

  /** Judges a text that is normalised already; a long one by its worst window. */
  Assessment assessNormalised(String plain) {
    String worst = "";
    double highest = Double.NEGATIVE_INFINITY;
    for (String window : InputViews.windows(plain, WINDOW, OVERLAP)) {
      double logit = model.logit(Ngrams.of(window));
      if (logit > highest) {
        highest = logit;
        worst = window;
      }
    }
    double score = new PlattScaling(header.slope(), header.offset()).apply(highest);
    boolean flagged = score >= header.threshold();
    return new Assessment(score, flagged, flagged ? reasons(worst) : List.of());
  }

  /** Returns the probability from which on an input is flagged. */
  public double threshold() {
    return header.threshold();
  }

  /** Returns what was measured on held-out examples of the same making: precision, recall, auc, falsePositiveRate. */
  public Map<String, Double> scores() {
    return Map.copyOf(header.scores());
  }

  /** Writes the model as {@link #FILE} into a directory. */
  public void save(Path directory) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(new GZIPOutputStream(bytes))) {
      byte[] json = Json.bytes(header);
      out.writeInt(MAGIC);
      out.writeInt(json.length);
      out.write(json);
      // Half precision: three decimal digits of a weight are more than the n-gram deserves.
      for (float weight : model.weights()) {
        out.writeShort(Float.floatToFloat16(weight));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the classifier", e);
    }
    try {
      Files.write(directory.resolve(FILE), bytes.toByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + directory.resolve(FILE), e);
    }
  }

  /**
   * Reads a model from a directory.
   *
   * @throws IllegalArgumentException when there is none or it is damaged, naming the file
   */
  public static InjectionClassifier load(Path directory) {
    Path file = directory.resolve(FILE);
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (IOException e) {
      throw new IllegalArgumentException("cannot read " + file + ": " + e, e);
    }
    try (DataInputStream in = new DataInputStream(new GZIPInputStream(new ByteArrayInputStream(bytes)))) {
      if (in.readInt() != MAGIC) {
        throw new IllegalArgumentException(file + " is not an injection classifier");
      }
      Header header =
          Json.read(new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8), Header.class);
      if (header.dimensions() != Ngrams.DIMENSIONS) {
        throw new IllegalArgumentException(
            file + " has " + header.dimensions() + " features, this version uses " + Ngrams.DIMENSIONS + ": train it again");
      }
      float[] weights = new float[header.dimensions()];
      for (int i = 0; i < weights.length; i++) {
        weights[i] = Float.float16ToFloat(in.readShort());
      }
      return new InjectionClassifier(new LogisticRegression(weights, header.bias()), header);
    } catch (IOException e) {
      throw new IllegalArgumentException(file + " is damaged (" + e + "): train it again", e);
    }
  }

  private List<String> reasons(String window) {
    Map<Integer, String> names = Ngrams.names(window);
    List<Map.Entry<Integer, String>> heaviest = new ArrayList<>(names.entrySet());
    heaviest.sort(Comparator.comparingDouble(e -> -model.weights()[e.getKey()]));
    List<String> reasons = new ArrayList<>();
    for (Map.Entry<Integer, String> entry : heaviest) {
      String ngram = entry.getValue().strip();
      boolean news = reasons.stream().noneMatch(r -> r.contains(ngram) || ngram.contains(r));
      if (model.weights()[entry.getKey()] > 0 && ngram.length() > 1 && news && reasons.size() < REASONS) {
        reasons.add(ngram);
      }
    }
    return reasons;
  }

  private static double[] logits(
      LogisticRegression model, List<InjectionExamples.Example> examples, InjectionExamples.Part part, boolean attack) {
    return examples.stream()
        .filter(e -> e.part() == part && e.attack() == attack)
        .mapToDouble(e -> model.logit(Ngrams.of(clip(InputViews.plain(e.text())))))
        .toArray();
  }

  /** Returns the lowest log-odds that at most the given share of the harmless examples reach. */
  private static double threshold(double[] harmless, double rate) {
    double[] sorted = harmless.clone();
    Arrays.sort(sorted);
    int allowed = (int) (sorted.length * rate);
    double worst = sorted.length == 0 ? 0 : sorted[Math.max(0, sorted.length - 1 - allowed)];
    return Math.nextUp(worst);
  }

  private static String clip(String text) {
    return text.length() <= WINDOW ? text : text.substring(text.length() - WINDOW);
  }
}
