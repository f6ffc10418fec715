// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.core.generation.GenerationRequest;
import io.millrace.core.generation.OutputFormat;
import io.millrace.core.generation.SamplingOptions;
import io.millrace.core.generation.Service;
import io.millrace.core.time.Deadline;
import io.millrace.engine.StepModel.Row;
import io.millrace.engine.kernel.KvFormat;
import io.millrace.model.safetensors.SafetensorsWriter;
import io.millrace.model.safetensors.TensorView;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/** Requests that a draft model helps: what they get is what they get without. */
class SpeculativeServingTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final int DRAFT_PAGES = 40;

  @TempDir
  static Path folder;

  private static Path model;
  private static Path other;

  @BeforeAll
  static void write() throws IOException {
    model = SmallModel.write(folder.resolve("model"), 1);
    other = SmallModel.write(folder.resolve("other"), 2);
  }

  private static LlamaDecoder decoder(Path from, int pages) throws IOException {
    return LlamaDecoder.open(from, LlamaConfig.read(from), 2, KvFormat.F32, pages);
  }

  /** A draft whose steps are taken to cost nothing, so that it is asked however often it is wrong. */
  private static DraftModel draft(Path from) throws IOException {
    return new DraftModel(decoder(from, DRAFT_PAGES), LlamaConfig.read(model).vocabulary(), 0);
  }

  private static TokenRequest request(int maxTokens, long seed, int... prompt) {
    SamplingOptions sampling = seed == 0 ? SamplingOptions.GREEDY : SamplingOptions.of(0.9, 0.95, OptionalLong.of(seed));
    return new TokenRequest(prompt, maxTokens, sampling, Set.of(), Deadline.NONE);
  }

  private static List<TokenRequest> requests() {
    List<TokenRequest> requests = new ArrayList<>();
    for (int i = 0; i < 8; i++) { // of different lengths, so that in the end few write and drafts have room
      requests.add(request(20 + 15 * i, i % 3, new Random(i).ints(5 + 12 * i, 0, 300).toArray()));
    }
    return requests;
  }

  private static List<Integer> readAll(TokenStream stream) throws InterruptedException {
    List<Integer> out = new ArrayList<>();
    for (OptionalInt t = stream.next(LONG); t.isPresent(); t = stream.next(LONG)) {
      out.add(t.getAsInt());
    }
    assertThat(stream.ended()).as("a token within %s", LONG).isTrue();
    return out;
  }

  private static List<List<Integer>> withoutDrafts() throws Exception {
    List<List<Integer>> expected = new ArrayList<>();
    try (ContinuousBatcher plain = new ContinuousBatcher(decoder(model, 64), new ContinuousBatcher.Limits(8, 32, 128, 0))) {
      for (TokenRequest r : requests()) {
        expected.add(readAll(plain.submit(r)));
      }
      assertThat(plain.metrics().draftedTokens()).isZero();
    }
    return expected;
  }

  private static void awaitEnd(ContinuousBatcher batcher, DraftModel draft, int requests) {
    await().untilAsserted(() -> assertThat(batcher.metrics().allFinished()).isEqualTo(requests));
    assertThat(draft.availablePages()).isEqualTo(DRAFT_PAGES);
    assertThat(batcher.metrics().cacheUse()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"model", "other"})
  void writesTheSameAloneAmongEightAndPreempted(String guessing) throws Exception {
    List<List<Integer>> expected = withoutDrafts();
    for (int pages : new int[] {64, 10}) {
      DraftModel draft = draft(folder.resolve(guessing));
      try (ContinuousBatcher batcher = new ContinuousBatcher(decoder(model, pages), draft, ContinuousBatcher.Limits.DEFAULT)) {
        for (int i = 0; i < 8; i++) {
          assertThat(readAll(batcher.submit(requests().get(i)))).as("request %d alone", i).isEqualTo(expected.get(i));
        }
        awaitEnd(batcher, draft, 8);
        EngineMetrics alone = batcher.metrics();
        assertThat(alone.draftedTokens()).isGreaterThan(200);
        assertThat(alone.acceptedTokens()).isBetween(guessing.equals("model") ? 100L : 0, alone.draftedTokens());
        List<TokenStream> together = requests().stream().map(batcher::submit).toList();
        for (int i = 0; i < 8; i++) {
          assertThat(readAll(together.get(i))).as("request %d of eight", i).isEqualTo(expected.get(i));
        }
        awaitEnd(batcher, draft, 16);
        assertThat(batcher.metrics().preemptions() > 0).isEqualTo(pages == 10);
        assertThat(batcher.metrics().draftedTokens()).isGreaterThan(alone.draftedTokens());
        assertThat(batcher.metrics().generatedTokens()).isEqualTo(2L * expected.stream().mapToInt(List::size).sum());
      }
    }
  }

  @Test
  void acceptsEveryGuessOfTheSameModel() throws Exception {
    DraftModel draft = draft(model);
    int[] prompt;
    try (LlamaDecoder plain = decoder(model, 0)) { // no token twice, so prompt lookup has nothing to guess
      prompt = new Random(1).ints(3000, 0, 300).mapToObj(t -> new int[] {t})
          .filter(p -> IntStream.concat(Arrays.stream(p), Arrays.stream(DraftModelTest.greedy(plain, p, 1, 10))).distinct().count() == 11)
          .findFirst().orElseThrow();
    }
    try (ContinuousBatcher batcher = new ContinuousBatcher(decoder(model, 64), draft, ContinuousBatcher.Limits.DEFAULT)) {
      assertThat(readAll(batcher.submit(request(10, 0, prompt)))).hasSize(10);
      awaitEnd(batcher, draft, 1);
      assertThat(batcher.metrics().acceptedTokens()).isEqualTo(batcher.metrics().draftedTokens());
      assertThat(batcher.metrics().draftedTokens()).isEqualTo(7); // three and one more, twice; then one and one more
    }
  }

  @Test
  void givesPagesBackWhenRequestsAreCancelledLateOrFail() throws Exception {
    DraftModel draft = draft(model);
    TokenMask failing = new TokenMask() {
      private int tokens;

      @Override
      public void mask(float[] logits, int left) {}

      @Override
      public void accept(int token) {
        if (++tokens == 12) {
          throw new IllegalStateException("a mask that fails");
        }
      }

      @Override
      public boolean over() {
        return false;
      }
    };
    try (ContinuousBatcher batcher = new ContinuousBatcher(decoder(model, 64), draft, ContinuousBatcher.Limits.DEFAULT)) {
      for (int i = 0; i < 20; i++) {
        TokenStream cancelled = batcher.submit(request(200, i, 3 + i, 7));
        for (int t = 0; t < i; t++) {
          cancelled.next(LONG);
        }
        cancelled.cancel();
        readAll(cancelled);
      }
      TokenStream broken = batcher.submit(new TokenRequest(
          new int[] {1, 2}, 100, SamplingOptions.GREEDY, Set.of(), failing, -1, "", 0, null, Deadline.NONE));
      assertThatThrownBy(() -> readAll(broken)).hasMessageContaining("a mask that fails");
      readAll(batcher.submit(new TokenRequest(
          new int[] {1, 2}, 200, SamplingOptions.GREEDY, Set.of(), Deadline.after(Duration.ofMillis(5)))));
      assertThat(readAll(batcher.submit(request(20, 1, 9)))).hasSize(20);
      awaitEnd(batcher, draft, 22);
      assertThat(batcher.metrics().draftedTokens()).isPositive();
    }
  }

  @Test
  void aDraftThatFailsTakesNoAnswerWithIt() throws Exception {
    List<List<Integer>> expected = withoutDrafts();
    DraftModel draft = draft(DraftModelTest.torn(model, folder.resolve("torn")));
    try (ContinuousBatcher batcher = new ContinuousBatcher(decoder(model, 64), draft, ContinuousBatcher.Limits.DEFAULT)) {
      for (int i = 0; i < 8; i++) {
        assertThat(readAll(batcher.submit(requests().get(i)))).isEqualTo(expected.get(i));
      }
      awaitEnd(batcher, draft, 8);
    }
  }

  /**
   * Draws three tokens after the first, which drafts decide on together, with many seeds, and compares how often each path came
   * with the product of the model's own probabilities, computed in double precision without the engine.
   */
  @ParameterizedTest
  @ValueSource(strings = {"model", "other"})
  void drawsFromTheModelsOwnDistribution(String guessing) throws Exception {
    int seeds = 2000;
    int[] prompt = {17, 230, 5};
    SamplingOptions options = new SamplingOptions(0.8, 3, 1, 0, 1, 0, 0, Map.of(), OptionalLong.empty());
    Map<List<Integer>, Double> expected = new HashMap<>();
    try (LlamaDecoder plain = decoder(model, 0)) {
      paths(plain, prompt, 4, 0.8, 3, 1, List.of(), expected);
    }
    Map<List<Integer>, Integer> observed = new HashMap<>();
    DraftModel draft = draft(folder.resolve(guessing));
    try (ContinuousBatcher batcher = new ContinuousBatcher(decoder(model, 64), draft, new ContinuousBatcher.Limits(2, 8192))) {
      List<TokenStream> streams = new ArrayList<>();
      for (int seed = 1; seed <= seeds; seed++) {
        streams.add(batcher.submit(new TokenRequest(prompt, 4, options.withSeed(seed), Set.of(), Deadline.NONE)));
      }
      for (TokenStream stream : streams) {
        observed.merge(readAll(stream), 1, Integer::sum);
      }
      awaitEnd(batcher, draft, seeds);
      assertThat(batcher.metrics().draftedTokens()).isGreaterThan(seeds / 2);
      assertThat(expected.keySet()).containsAll(observed.keySet());
      if (guessing.equals("model")) {
        assertThat(batcher.metrics().acceptedTokens()).isGreaterThan(seeds / 4);
      }
    }
    assertThat(chiSquare(expected, observed, seeds)).isLessThan(1);
  }

  /** All paths of the likeliest tokens with their probabilities. */
  private static void paths(
      LlamaDecoder plain, int[] prompt, int length, double temperature, int k, double p, List<Integer> path,
      Map<List<Integer>, Double> out) {
    if (path.size() == length) {
      out.put(path, p);
      return;
    }
    PageTable table = new PageTable();
    table.add(0);
    List<Row> rows = new ArrayList<>();
    int size = prompt.length + path.size();
    for (int i = 0; i < size; i++) {
      rows.add(new Row(table, i < prompt.length ? prompt[i] : path.get(i - prompt.length), i == size - 1));
    }
    float[] logits = plain.step(rows)[0];
    int[] best = IntStream.range(0, logits.length).boxed()
        .sorted((a, b) -> Float.compare(logits[b], logits[a])).limit(k).mapToInt(Integer::intValue).toArray();
    double sum = Arrays.stream(best).mapToDouble(t -> Math.exp((logits[t] - logits[best[0]]) / temperature)).sum();
    for (int token : best) {
      List<Integer> longer = new ArrayList<>(path);
      longer.add(token);
      paths(plain, prompt, length, temperature, k, p * Math.exp((logits[token] - logits[best[0]]) / temperature) / sum, longer, out);
    }
  }

  /** Pearson's statistic, paths that are expected less than eight times put together, over its value for p = 1e-4. */
  private static double chiSquare(Map<List<Integer>, Double> expected, Map<List<Integer>, Integer> observed, int draws) {
    double statistic = 0;
    double rareExpected = 0;
    int rareObserved = 0;
    int cells = 0;
    for (Map.Entry<List<Integer>, Double> path : expected.entrySet()) {
      double e = path.getValue() * draws;
      int o = observed.getOrDefault(path.getKey(), 0);
      if (e < 8) {
        rareExpected += e;
        rareObserved += o;
      } else {
        statistic += (o - e) * (o - e) / e;
        cells++;
      }
    }
    if (rareExpected > 0) {
      statistic += (rareObserved - rareExpected) * (rareObserved - rareExpected) / rareExpected;
      cells++;
    }
    assertThat(cells).isGreaterThan(10);
    double df = cells - 1;
    double normal = 3.719; // quantile of 1 - 1e-4; Wilson and Hilferty, 1931
    return statistic / (df * Math.pow(1 - 2 / (9 * df) + normal * Math.sqrt(2 / (9 * df)), 3));
  }

  @Test
  void aModelFolderBringsItsDraftWithItAndFormsAndAdaptersWorkAsBefore() throws IOException {
    Path whole = SmallModel.write(folder.resolve("whole"), 1);
    SmallModel.write(whole.resolve("draft"), 1); // the very model
    Path adapter = adapter(folder.resolve("adapter"));
    List<GenerationRequest> requests = new ArrayList<>();
    for (int seed = 0; seed < 6; seed++) {
      GenerationRequest request = DecoderGeneratorTest.request(60, seed);
      requests.add(request);
      requests.add(request.with(new OutputFormat.Regex("(yes|no|perhaps){3,9}!")));
      requests.add(request.with(OutputFormat.JSON));
      requests.add(request.with(new Service("", 0, "one")));
    }
    ContinuousBatcher.Limits limits = DecoderGeneratorTest.SETTINGS.limits();
    try (DecoderGenerator drafting = DecoderGenerator.open(whole, "drafting", DecoderGeneratorTest.SETTINGS);
        DecoderGenerator plain = DecoderGenerator.open(whole, "plain", new DecoderGenerator.Settings(2,
            new ContinuousBatcher.Limits(limits.maxRunning(), limits.maxWaiting(), limits.chunk(), 0)))) {
      drafting.putAdapter("one", adapter);
      plain.putAdapter("one", adapter);
      for (GenerationRequest request : requests) {
        assertThat(drafting.generate(request, t -> { }).text()).isEqualTo(plain.generate(request, t -> { }).text());
      }
      assertThat(drafting.metrics().draftedTokens()).isPositive();
      assertThat(plain.metrics().draftedTokens()).isZero();
    }
    Path tokenizer = whole.resolve("draft/tokenizer.json");
    Files.writeString(tokenizer, Files.readString(tokenizer).replaceFirst("\"m\"( ?:)", "\"ẞ\"$1"));
    assertThatThrownBy(() -> DecoderGenerator.open(whole, "x", DecoderGeneratorTest.SETTINGS))
        .isInstanceOf(IOException.class).hasMessageContaining(whole + " and 'ẞ' in " + whole.resolve("draft"));
  }

  private static Path adapter(Path to) throws IOException {
    Files.createDirectories(to);
    String at = "base_model.model.model.layers.0.self_attn.q_proj.lora_";
    Random random = new Random(9);
    SafetensorsWriter.write(to.resolve("adapter_model.safetensors"), List.of(
        TensorView.ofFloats(at + "A.weight", gaussians(random, 32), 1, 32),
        TensorView.ofFloats(at + "B.weight", gaussians(random, 64), 64, 1)), Map.of());
    Files.writeString(to.resolve("adapter_config.json"), "{\"peft_type\": \"LORA\", \"r\": 1, \"lora_alpha\": 2}");
    return to;
  }

  private static float[] gaussians(Random random, int n) {
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      x[i] = (float) random.nextGaussian();
    }
    return x;
  }
}
