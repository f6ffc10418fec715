// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.model.encoder.EmbedderSettings;
import io.millrace.model.encoder.Encoder;
import io.millrace.model.encoder.EncoderConfig;
import io.millrace.model.encoder.PairLayout;
import io.millrace.tensor.DType;
import io.millrace.tensor.Tensors;
import io.millrace.train.data.LabelledText;
import io.millrace.train.data.RelevantPair;
import io.millrace.train.loss.InfoNceLoss;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class EncoderStagesTest {
  @TempDir private Path folder;

  private static Optimisation steps(int steps) {
    return Tiny.steps(steps, 5e-3).with(AdamW.Settings.ENCODER);
  }

  private static EmbedderTraining.Settings embedder(int lastLayers, int steps) {
    return embedder(lastLayers, 1, steps);
  }

  private static EmbedderTraining.Settings embedder(int lastLayers, double share, int steps) {
    return new EmbedderTraining.Settings("tiny", 24, "c0 ", 16, 1, lastLayers, share, new InfoNceLoss(0.1, false), steps(steps));
  }

  private static CrossEncoderTraining.Settings cross(CrossEncoderTraining.Loss loss, int steps) {
    return new CrossEncoderTraining.Settings("tiny", 24, PairLayout.PLAIN, 16, 3, 0, loss, steps(steps));
  }

  @Test
  void anEmbedderLearnsWhatBelongsTogetherAndReadsTheSameFromItsFolder() throws IOException {
    EncoderBase base = TinyEncoder.base(folder.resolve("base"));
    List<RelevantPair> heldOut = TinyEncoder.pairs(60, 2);
    EmbedderTraining.Result result = new EmbedderTraining(embedder(0, 150), RunControl.in(folder.resolve("run")))
        .run(base, TinyEncoder.pairs(400, 1), HardNegatives.GIVEN, heldOut, folder.resolve("embedder"));
    assertThat(result.before()).isNotNull();
    assertThat(result.after()).isNotNull();
    assertThat(result.before().mrr()).isLessThan(0.5);
    assertThat(result.after().mrr()).isGreaterThan(result.before().mrr() + 0.3);
    assertThat(result.after().ndcgAt10()).isGreaterThan(0.6);
    try (TextEmbedder read = TextEmbedder.load(folder.resolve("embedder"), DType.F32)) {
      assertThat(read.dimension()).isEqualTo(32);
      float[] alone = read.embedQueries(List.of("a3 c1")).getFirst();
      float[] among = read.embedQueries(List.of("a4 c1 c2 c3", "a3 c1")).get(1);
      float[] instructed = read.embedPassages(List.of("c0 a3 c1")).getFirst();
      for (int i = 0; i < 32; i++) {
        assertThat(among[i]).isCloseTo(alone[i], within(1e-5f));
        assertThat(instructed[i]).isCloseTo(alone[i], within(1e-5f));
      }
      List<float[]> passages = read.embedPassages(List.of("b3", "b4"));
      assertThat(cosine(alone, passages.get(0))).isGreaterThan(cosine(alone, passages.get(1)));
    }
    assertThat(folder.resolve("embedder/modules.json")).content().contains("sentence_transformers");
  }

  private static double cosine(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  @Test
  void onlyTheLastLayersChangeWhenOnlyTheyLearn() throws IOException {
    EncoderBase base = TinyEncoder.base(folder.resolve("base"));
    new EmbedderTraining(embedder(1, 3), RunControl.in(folder.resolve("run")))
        .run(base, TinyEncoder.pairs(60, 1), HardNegatives.GIVEN, List.of(), folder.resolve("embedder"));
    try (Encoder before = base.load();
        Encoder after = new EncoderBase.Folder(folder.resolve("embedder")).load()) {
      before.weights().named().forEach((name, tensor) -> assertThat(tensor.equal(after.weights().get(name)))
          .as(name).isEqualTo(!name.startsWith("encoder.layer.1.")));
    }
    assertThatThrownBy(() -> new EmbedderTraining(embedder(3, 3), RunControl.in(folder.resolve("x")))
        .run(base, TinyEncoder.pairs(60, 1), HardNegatives.GIVEN, List.of(), folder.resolve("y")))
        .hasMessageContaining("lastLayers 3: the encoder has 2");
  }

  /** Where a weight was, where it came, and where it lies when a quarter of the way is taken. */
  @Test
  void takesAsMuchOfWhatWasLearnedAsIsWanted() throws IOException {
    EncoderBase base = TinyEncoder.base(folder.resolve("base"));
    for (double share : new double[] {1, 0.25}) {
      new EmbedderTraining(embedder(1, share, 5), RunControl.in(folder.resolve("run-" + share)))
          .run(base, TinyEncoder.pairs(60, 1), HardNegatives.GIVEN, List.of(), folder.resolve("embedder-" + share));
    }
    try (Encoder was = base.load();
        Encoder came = new EncoderBase.Folder(folder.resolve("embedder-1.0")).load();
        Encoder lies = new EncoderBase.Folder(folder.resolve("embedder-0.25")).load()) {
      was.weights().named().forEach((name, tensor) -> {
        double[] from = Tensors.doubles(tensor);
        double[] to = Tensors.doubles(came.weights().get(name));
        double[] taken = Tensors.doubles(lies.weights().get(name));
        for (int i = 0; i < from.length; i++) {
          assertThat(taken[i]).as(name).isCloseTo(from[i] + 0.25 * (to[i] - from[i]), within(1e-6));
        }
        if (!name.startsWith("encoder.layer.1.")) {
          assertThat(taken).as(name).isEqualTo(from);
        }
      });
    }
    assertThatThrownBy(() -> embedder(1, 0, 5)).hasMessageContaining("share 0.0");
  }

  @Test
  void saysOnWhichScaleItsCosinesAreThoseOfTheEncoderThatItWas() throws IOException {
    // New weights hardly tell texts apart, which no scale is read from, so the one that is tuned knows some already.
    new EmbedderTraining(embedder(0, 40), RunControl.in(folder.resolve("first")))
        .run(TinyEncoder.base(folder.resolve("new")), TinyEncoder.pairs(400, 3), HardNegatives.GIVEN, List.of(), folder.resolve("base"));
    EncoderBase base = new EncoderBase.Folder(folder.resolve("base"));
    List<RelevantPair> heldOut = TinyEncoder.pairs(60, 2);
    EmbedderTraining.Result result = new EmbedderTraining(embedder(0, 0.5, 150), RunControl.in(folder.resolve("run")))
        .run(base, TinyEncoder.pairs(400, 1), HardNegatives.GIVEN, heldOut, folder.resolve("embedder"));
    assertThat(EmbedderSettings.read(folder.resolve("embedder")).cosines()).isEqualTo(result.cosines());
    try (TextEmbedder before = TextEmbedder.open(base, new EmbedderSettings("base", "c0 ", 24), DType.F32);
        TextEmbedder after = TextEmbedder.load(folder.resolve("embedder"), DType.F32)) {
      assertThat(after.cosines()).isEqualTo(result.cosines());
      double was = meanStrange(before, heldOut);
      double is = meanStrange(after, heldOut);
      assertThat(Math.abs(is - was)).as("training moves them").isGreaterThan(0.02);
      assertThat(result.cosines().of(is)).isCloseTo(was, within(1e-3));
    }
  }

  /** The mean over the queries of the highest cosine with a text of another query. */
  private static double meanStrange(TextEmbedder embedder, List<RelevantPair> pairs) {
    Map<String, Set<String>> own = new TreeMap<>();
    Set<String> texts = new TreeSet<>();
    for (RelevantPair pair : pairs) {
      own.computeIfAbsent(pair.query(), _ -> new TreeSet<>()).addAll(pair.negatives());
      own.get(pair.query()).add(pair.positive());
      texts.addAll(own.get(pair.query()));
    }
    double sum = 0;
    for (String query : own.keySet()) {
      float[] asked = embedder.embedQueries(List.of(query)).getFirst();
      sum += texts.stream().filter(text -> !own.get(query).contains(text))
          .mapToDouble(text -> cosine(asked, embedder.embedPassages(List.of(text)).getFirst())).max().orElseThrow();
    }
    return sum / own.size();
  }

  @Test
  void aCrossEncoderLearnsToRankByEitherLoss() throws IOException {
    EncoderBase base = TinyEncoder.base(folder.resolve("base"));
    for (CrossEncoderTraining.Loss loss : CrossEncoderTraining.Loss.values()) {
      Path output = folder.resolve("cross-" + loss);
      CrossEncoderTraining.Result result =
          new CrossEncoderTraining(cross(loss, 500), RunControl.in(folder.resolve("run-" + loss)))
              .run(base, TinyEncoder.pairs(800, 1), HardNegatives.GIVEN, TinyEncoder.pairs(60, 2), output);
      assertThat(result.before()).isNotNull();
      assertThat(result.after()).isNotNull();
      assertThat(result.after().mrr()).as("%s", loss).isGreaterThan(result.before().mrr() + 0.1);
      try (CrossEncoder read = CrossEncoder.load(output, DType.F32)) {
        double[] scores = read.score("a3 c1", List.of("b3", "b5"));
        assertThat(scores[0]).isGreaterThan(scores[1]);
      }
    }
  }

  @Test
  void aCrossEncoderLearnsWhatItsTeacherThinksOfTheOtherTexts() throws IOException {
    EncoderBase base = TinyEncoder.base(folder.resolve("base"));
    List<RelevantPair> pairs = TinyEncoder.pairs(800, 1);
    // The teacher has an order of its own, which no mark in the data tells: b15 is better than b14.
    Teaching.Teacher later = (_, texts) -> texts.stream().mapToDouble(text -> Integer.parseInt(text.substring(1)) / 4.0).toArray();
    Path taught = folder.resolve("taught");
    new CrossEncoderTraining(cross(CrossEncoderTraining.Loss.LISTWISE, 300), new Teaching("later", later, 1, 1), RunControl.in(folder.resolve("run")))
        .run(base, pairs, HardNegatives.GIVEN, List.of(), taught);
    Path alone = folder.resolve("alone");
    new CrossEncoderTraining(cross(CrossEncoderTraining.Loss.LISTWISE, 300), RunControl.in(folder.resolve("run-alone")))
        .run(base, pairs, HardNegatives.GIVEN, List.of(), alone);
    assertThat(divergence(later, taught)).isLessThan(0.5 * divergence(later, alone));
  }

  /** The mean KL divergence of a model's opinion from the teacher's, on queries that neither saw. */
  private static double divergence(Teaching.Teacher teacher, Path model) throws IOException {
    List<RelevantPair> pairs = TinyEncoder.pairs(40, 2);
    double sum = 0;
    try (CrossEncoder read = CrossEncoder.load(model, DType.F32)) {
      for (int i = 0; i < 36; i++) {
        String query = pairs.get(i).query();
        List<String> texts = pairs.subList(i, i + 4).stream().map(RelevantPair::positive).toList();
        double[] wanted = new Teaching("", teacher, 1, 1).wanted(query, texts);
        double[] said = new Teaching("", (_, _) -> read.score(query, texts), 1, 1).wanted(query, texts);
        for (int t = 0; t < wanted.length; t++) {
          sum += wanted[t] * Math.log(wanted[t] / said[t]);
        }
      }
    }
    return sum / 36;
  }

  @Test
  void aTeacherIsAskedOnceForEachQueryAndKeptApart() throws IOException {
    EncoderBase base = TinyEncoder.base(folder.resolve("base"));
    List<RelevantPair> pairs = TinyEncoder.pairs(20, 1);
    List<String> asked = new ArrayList<>();
    Teaching.Teacher teacher = (query, texts) -> {
      asked.add(query + texts);
      return new double[texts.size()];
    };
    RunControl control = Tiny.cancelledAfter(5, folder.resolve("run"));
    new CrossEncoderTraining(cross(CrossEncoderTraining.Loss.LISTWISE, 9), new Teaching("flat", teacher, 0.5, 1), control)
        .run(base, pairs, HardNegatives.GIVEN, List.of(), folder.resolve("out"));
    assertThat(asked).doesNotHaveDuplicates().hasSizeBetween(16, 20);
    assertThatThrownBy(() -> new CrossEncoderTraining(
        cross(CrossEncoderTraining.Loss.LISTWISE, 9), new Teaching("another", teacher, 0.5, 1), RunControl.in(folder.resolve("run")))
        .run(base, pairs, HardNegatives.GIVEN, List.of(), folder.resolve("out")))
        .hasMessageContaining("taught by another").hasMessageContaining("taught by flat");
    assertThatThrownBy(() -> new CrossEncoderTraining(
        cross(CrossEncoderTraining.Loss.POINTWISE, 9), new Teaching("flat", teacher, 0.5, 1), control))
        .hasMessageContaining("POINTWISE takes no teacher");
    assertThatThrownBy(() -> new Teaching("flat", teacher, 1.5, 1)).hasMessageContaining("share 1.5");
    assertThat(new Teaching("flat", teacher, 0.5, 1).wanted("q", List.of("right", "wrong"))).containsExactly(0.75, 0.25);
    assertThat(Teaching.NONE.wanted("q", List.of("right", "wrong"))).containsExactly(1, 0);
  }

  @Test
  void aClassifierLearnsLabelsOfTextsAndPairs() throws IOException {
    EncoderBase base = TinyEncoder.base(folder.resolve("base"));
    ClassifierTraining.Result result = new ClassifierTraining(
        new ClassifierTraining.Settings("tiny", 24, 16, 0, steps(200)), RunControl.in(folder.resolve("run")))
        .run(base, TinyEncoder.labelled(400, 1), TinyEncoder.labelled(90, 2), folder.resolve("classifier"));
    assertThat(result.labels()).containsExactly("high", "low", "middle");
    assertThat(result.after()).isNotNull();
    assertThat(result.after().accuracy()).isGreaterThan(0.9);
    assertThat(result.after().auc()).isGreaterThan(0.95);
    try (TextClassifier read = TextClassifier.load(folder.resolve("classifier"), DType.F32)) {
      Map<String, Double> classes = read.classify("a14 c1", null);
      assertThat(classes.get("high")).isGreaterThan(0.5);
      assertThat(classes.values().stream().mapToDouble(Double::doubleValue).sum()).isCloseTo(1, within(1e-9));
    }
  }

  @Test
  void resumedRunsEqualUninterruptedOnesBitForBit() throws IOException {
    EncoderBase base = TinyEncoder.base(folder.resolve("base"));
    List<RelevantPair> pairs = TinyEncoder.pairs(60, 1);
    List<LabelledText> texts = TinyEncoder.labelled(60, 1);
    for (boolean cut : new boolean[] {true, false}) {
      String name = cut ? "cut" : "whole";
      // Nine steps of 16 pairs cross the end of an epoch.
      for (int attempt = cut ? 0 : 1; attempt < 2; attempt++) {
        RunControl e = attempt == 0 ? Tiny.cancelledAfter(5, folder.resolve("e" + name)) : RunControl.in(folder.resolve("e" + name));
        new EmbedderTraining(embedder(0, 9), e)
            .run(base, pairs, HardNegatives.GIVEN, List.of(), folder.resolve("embedder-" + name));
        RunControl x = attempt == 0 ? Tiny.cancelledAfter(5, folder.resolve("x" + name)) : RunControl.in(folder.resolve("x" + name));
        new CrossEncoderTraining(cross(CrossEncoderTraining.Loss.LISTWISE, 9), x)
            .run(base, pairs, HardNegatives.GIVEN, List.of(), folder.resolve("cross-" + name));
        RunControl c = attempt == 0 ? Tiny.cancelledAfter(5, folder.resolve("c" + name)) : RunControl.in(folder.resolve("c" + name));
        new ClassifierTraining(new ClassifierTraining.Settings("tiny", 24, 16, 0, steps(9)), c)
            .run(base, texts, List.of(), folder.resolve("classifier-" + name));
      }
    }
    for (String stage : List.of("embedder", "cross", "classifier")) {
      assertThat(folder.resolve(stage + "-cut/model.safetensors"))
          .hasSameBinaryContentAs(folder.resolve(stage + "-whole/model.safetensors"));
    }
  }

  @Test
  void minedNegativesAreNearAndNeverAnAnswer() throws IOException {
    EncoderBase base = TinyEncoder.base(folder.resolve("base"));
    List<RelevantPair> pairs = TinyEncoder.pairs(80, 1);
    try (TextEmbedder embedder =
        TextEmbedder.open(base, new EmbedderSettings("tiny", "", 24), DType.F32)) {
      List<List<String>> mined = new MinedNegatives(embedder, 1).of(pairs, 3);
      for (int i = 0; i < pairs.size(); i++) {
        RelevantPair pair = pairs.get(i);
        assertThat(mined.get(i)).hasSizeLessThanOrEqualTo(3).doesNotContain(pair.positive());
        float[] query = embedder.embedQueries(List.of(pair.query())).getFirst();
        double own = cosine(query, embedder.embedPassages(List.of(pair.positive())).getFirst());
        double last = Double.POSITIVE_INFINITY;
        for (float[] vector : embedder.embedPassages(mined.get(i))) {
          double cosine = cosine(query, vector);
          assertThat(cosine).isLessThan(own + 1e-5).isLessThanOrEqualTo(last + 1e-5);
          last = cosine;
        }
      }
      assertThat(mined.stream().mapToInt(List::size).sum()).isGreaterThan(80);
      List<List<String>> both = new MinedNegatives(embedder, 1).afterGiven().of(pairs, 2);
      assertThat(both.getFirst().getFirst()).isEqualTo(pairs.getFirst().negatives().getFirst());
    }
  }

  @Test
  void refusesDataThatTeachNothingAndEncodersThatDoNotFit() throws IOException {
    EncoderBase base = TinyEncoder.base(folder.resolve("base"));
    RunControl run = RunControl.in(folder.resolve("run"));
    assertThatThrownBy(() -> new EmbedderTraining(embedder(0, 3), run)
        .run(base, TinyEncoder.pairs(1, 1), HardNegatives.GIVEN, List.of(), folder.resolve("x")))
        .hasMessageContaining("1 pairs: at least 2");
    List<LabelledText> alike = List.of(new LabelledText("a1", null, "low"), new LabelledText("a2", null, "low"));
    assertThatThrownBy(() -> new ClassifierTraining(new ClassifierTraining.Settings("t", 24, 4, 0, steps(3)), run)
        .run(base, alike, List.of(), folder.resolve("x"))).hasMessageContaining("nothing to tell apart");
    assertThatThrownBy(() -> new ClassifierTraining(new ClassifierTraining.Settings("t", 24, 4, 0, steps(3)), run)
        .run(base, TinyEncoder.labelled(20, 1), List.of(new LabelledText("a1", null, "other")), folder.resolve("x")))
        .hasMessageContaining("'other'").hasMessageContaining("a1");
    assertThatThrownBy(() -> new ClassifierTraining(new ClassifierTraining.Settings("t", 99, 4, 0, steps(3)), run)
        .run(base, TinyEncoder.labelled(20, 1), List.of(), folder.resolve("x")))
        .hasMessageContaining("maxLength 99: the encoder has 32 positions");
    EncoderConfig small = new EncoderConfig(10, 32, 64, 2, 2, 32, 2, 1e-12, 0);
    try (Encoder encoder = Encoder.random(small, 1)) {
      io.millrace.model.encoder.EncoderFolder.save(encoder, folder.resolve("small"), DType.F32);
    }
    java.nio.file.Files.copy(folder.resolve("base/tokenizer.json"), folder.resolve("small/tokenizer.json"));
    assertThatThrownBy(() -> new EmbedderTraining(embedder(0, 3), run)
        .run(new EncoderBase.Folder(folder.resolve("small")), TinyEncoder.pairs(20, 1), HardNegatives.GIVEN, List.of(), folder.resolve("x")))
        .hasMessageContaining("44 tokens, the encoder embeds 10");
    assertThatThrownBy(() -> TextEmbedder.load(folder.resolve("base"), DType.F32)).hasMessageContaining("embedder.json");
  }
}
