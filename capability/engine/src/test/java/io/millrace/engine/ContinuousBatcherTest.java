// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.core.generation.Generation.Finish;
import io.millrace.core.generation.SamplingOptions;
import io.millrace.core.spi.GeneratorBusy;
import io.millrace.core.time.Deadline;
import io.millrace.engine.kernel.KvFormat;
import io.millrace.model.safetensors.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

class ContinuousBatcherTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  @TempDir
  Path folder;

  private ContinuousBatcher open(Stories stories, ContinuousBatcher.Limits limits) throws IOException {
    return open(stories, limits, 64);
  }

  private ContinuousBatcher open(Stories stories, ContinuousBatcher.Limits limits, int pages) throws IOException {
    return open(stories, DType.F32, limits, pages);
  }

  private ContinuousBatcher open(Stories stories, DType type, ContinuousBatcher.Limits limits, int pages) throws IOException {
    Path model = stories.write(folder, type);
    return new ContinuousBatcher(LlamaDecoder.open(model, LlamaConfig.read(model), 2, KvFormat.F32, pages), limits);
  }

  private static TokenRequest request(int maxTokens, long seed, int... prompt) {
    SamplingOptions sampling =
        seed == 0 ? SamplingOptions.GREEDY : SamplingOptions.of(0.9, 0.95, OptionalLong.of(seed));
    return new TokenRequest(prompt, maxTokens, sampling, Set.of(), Deadline.NONE);
  }

  private static List<Integer> readAll(TokenStream stream) throws InterruptedException {
    List<Integer> out = new ArrayList<>();
    while (true) {
      OptionalInt t = stream.next(LONG);
      if (t.isEmpty()) {
        assertThat(stream.ended()).as("a token within %s", LONG).isTrue();
        return out;
      }
      out.add(t.getAsInt());
    }
  }

  @Test
  void writesTheReferenceText() throws Exception {
    Stories stories = Stories.read();
    try (ContinuousBatcher batcher = open(stories, ContinuousBatcher.Limits.DEFAULT)) {
      TokenStream stream = batcher.submit(request(200, 0, Stories.BOS));
      assertThat(stories.decode(readAll(stream))).isEqualTo(stories.greedyText());
      assertThat(stream.finish()).isEqualTo(Finish.LENGTH);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16", "I8"})
  void givesTheSameTokensTogetherAsAlone(DType type) throws Exception {
    Stories stories = Stories.read();
    try (ContinuousBatcher batcher = open(stories, type, new ContinuousBatcher.Limits(4, 8), 64)) {
      List<TokenRequest> requests = new ArrayList<>();
      for (int i = 0; i < 10; i++) { // prompts of 1 to 91 tokens, some greedy, some drawn
        int[] prompt = new java.util.Random(i).ints(1 + 10 * i, 3, 512).toArray();
        requests.add(request(60 - 3 * i, i % 3, prompt));
      }
      List<List<Integer>> alone = new ArrayList<>();
      for (TokenRequest r : requests) {
        alone.add(readAll(batcher.submit(r)));
      }
      List<TokenStream> together = requests.stream().map(batcher::submit).toList();
      for (int i = 0; i < together.size(); i++) {
        assertThat(readAll(together.get(i))).as("request %d", i).isEqualTo(alone.get(i));
      }
      await().untilAsserted(() -> assertThat(batcher.metrics()).satisfies(m -> {
        int written = requests.stream().mapToInt(TokenRequest::maxTokens).sum();
        int read = requests.stream().mapToInt(r -> r.prompt().length).sum();
        assertThat(m.allFinished()).isEqualTo(20);
        assertThat(m.generatedTokens()).isEqualTo(2L * written);
        assertThat(m.promptTokens() + m.prefixHits()).isEqualTo(2L * read);
        assertThat(m.timeToFirstToken().count()).isEqualTo(20);
        assertThat(m.interToken().count()).isEqualTo(2L * written - 20);
        assertThat(m.running() + m.waiting()).isZero();
      }));
    }
  }

  @Test
  void endsAtAStopTokenWithoutShowingIt() throws Exception {
    Stories stories = Stories.read();
    try (ContinuousBatcher batcher = open(stories, ContinuousBatcher.Limits.DEFAULT)) {
      int[] path = stories.greedyPath();
      TokenStream stream = batcher.submit(
          new TokenRequest(new int[] {Stories.BOS}, 100, SamplingOptions.GREEDY, Set.of(path[5]), Deadline.NONE));
      assertThat(readAll(stream)).hasSize(4).doesNotContain(path[5]);
      assertThat(stream.finish()).isEqualTo(Finish.STOP);
    }
  }

  @Test
  void refusesAtOnceWhenTheQueueIsFullAndSaysWhenToComeBack() throws Exception {
    Stories stories = Stories.read();
    try (ContinuousBatcher batcher = open(stories, new ContinuousBatcher.Limits(1, 2))) {
      List<TokenStream> accepted = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        accepted.add(batcher.submit(request(500, 0, Stories.BOS)));
      }
      assertThatThrownBy(() -> batcher.submit(request(500, 0, Stories.BOS))).isInstanceOfSatisfying(
          GeneratorBusy.class, busy -> assertThat(busy.retryAfter()).isPositive());
      assertThat(batcher.metrics().refused()).isEqualTo(1);
      accepted.forEach(TokenStream::cancel);
      for (TokenStream stream : accepted) {
        readAll(stream);
        assertThat(stream.finish()).isEqualTo(Finish.CANCELLED);
      }
      assertThat(readAll(batcher.submit(request(5, 0, Stories.BOS)))).hasSize(5);
      await().untilAsserted(() -> assertThat(batcher.metrics().allFinished()).isEqualTo(4));
      assertThat(batcher.metrics().finished(Finish.CANCELLED)).isEqualTo(3);
    }
  }

  @Test
  void endsAtTheDeadlineWhetherItRunsOrWaits() throws Exception {
    Stories stories = Stories.read();
    try (ContinuousBatcher batcher = open(stories, new ContinuousBatcher.Limits(1, 2))) {
      Deadline soon = Deadline.after(Duration.ofMillis(1));
      List<TokenStream> streams = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        streams.add(batcher.submit(new TokenRequest(new int[] {1}, 511, SamplingOptions.GREEDY, Set.of(), soon)));
      }
      for (TokenStream stream : streams) {
        readAll(stream);
        assertThat(stream.finish()).isEqualTo(Finish.DEADLINE);
      }
    }
  }

  @Test
  void refusesWhatDoesNotFitTheModel() throws Exception {
    Stories stories = Stories.read();
    try (ContinuousBatcher batcher = open(stories, ContinuousBatcher.Limits.DEFAULT)) {
      assertThatThrownBy(() -> batcher.submit(request(512, 0, 1)))
          .hasMessage("a prompt of 1 tokens and an answer of 512 do not fit the context of 512");
      assertThatThrownBy(() -> batcher.submit(request(5, 0, 9999)))
          .hasMessage("token 9999 is not below the vocabulary's 512");
      assertThat(readAll(batcher.submit(request(511, 0, 1)))).hasSize(511);
    }
  }

  @Test
  void failsWhatIsInFlightWhenItIsClosed() throws Exception {
    Stories stories = Stories.read();
    ContinuousBatcher batcher = open(stories, new ContinuousBatcher.Limits(1, 1));
    TokenStream running = batcher.submit(request(511, 0, 1));
    TokenStream waiting = batcher.submit(request(511, 0, 1));
    batcher.close();
    assertThatThrownBy(() -> readAll(running)).hasMessageContaining("closed");
    assertThatThrownBy(() -> readAll(waiting)).hasMessageContaining("closed");
    assertThatThrownBy(() -> batcher.submit(request(1, 0, 1))).hasMessageContaining("the engine is closed");
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16", "I8"})
  void readsAgainWhatHadToGiveItsPagesUpAndWritesTheSame(DType type) throws Exception {
    Stories stories = Stories.read();
    List<TokenRequest> requests = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      requests.add(request(150, i % 2, new java.util.Random(i).ints(30 + 10 * i, 3, 512).toArray()));
    }
    List<List<Integer>> alone = new ArrayList<>();
    try (ContinuousBatcher batcher = open(stories, type, ContinuousBatcher.Limits.DEFAULT, 64)) {
      for (TokenRequest r : requests) {
        alone.add(readAll(batcher.submit(r)));
      }
    }
    try (ContinuousBatcher batcher = open(stories, type, ContinuousBatcher.Limits.DEFAULT, 12)) {
      List<TokenStream> together = requests.stream().map(batcher::submit).toList();
      for (int i = 0; i < together.size(); i++) {
        assertThat(readAll(together.get(i))).as("request %d", i).isEqualTo(alone.get(i));
      }
      assertThat(batcher.metrics().preemptions()).isPositive();
      await().untilAsserted(() -> assertThat(batcher.metrics().cacheUse()).isZero());
      assertThatThrownBy(() -> batcher.submit(request(400, 0, 1))).hasMessageContaining("384 positions");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16", "I8"})
  void readsACommonBeginningOnceAlsoWhenAllComeAtOnce(DType type) throws Exception {
    Stories stories = Stories.read();
    int[] beginning = new java.util.Random(5).ints(200, 3, 512).toArray();
    List<TokenRequest> requests = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      int[] prompt = java.util.Arrays.copyOf(beginning, 205);
      java.util.Arrays.fill(prompt, 200, 205, 10 + i);
      requests.add(request(20, i, prompt));
    }
    List<List<Integer>> alone = new ArrayList<>();
    for (TokenRequest r : requests) {
      try (ContinuousBatcher cold = open(stories, type, ContinuousBatcher.Limits.DEFAULT, 64)) {
        alone.add(readAll(cold.submit(r)));
      }
    }
    try (ContinuousBatcher batcher = open(stories, type, ContinuousBatcher.Limits.DEFAULT, 64)) {
      List<TokenStream> together = requests.stream().map(batcher::submit).toList();
      for (int i = 0; i < together.size(); i++) {
        assertThat(readAll(together.get(i))).as("request %d", i).isEqualTo(alone.get(i));
      }
      assertThat(batcher.metrics().prefixHits()).isEqualTo(5 * 192); // whole pages of 32
      assertThat(together.getLast().cachedTokens()).isEqualTo(192);
      assertThat(batcher.metrics().prefixQueries()).isEqualTo(6 * 205);
    }
  }

  /** What one wrote, another may be given; its pages then hold other numbers, if the model reads apart. */
  @ParameterizedTest
  @EnumSource(names = {"F32", "I8"})
  void writesTheSameAfterWhatAnotherHasWritten(DType type) throws Exception {
    Stories stories = Stories.read();
    int[] prompt = new java.util.Random(6).ints(50, 3, 512).toArray();
    List<Integer> written;
    List<Integer> again;
    try (ContinuousBatcher batcher = open(stories, type, ContinuousBatcher.Limits.DEFAULT, 64)) {
      written = readAll(batcher.submit(request(100, 0, prompt)));
      again = readAll(batcher.submit(request(60, 3, followUp(prompt, written))));
      assertThat(batcher.metrics().prefixHits()).isEqualTo(type == DType.F32 ? 128 : 32); // of 150; else only what was given to both
    }
    try (ContinuousBatcher cold = open(stories, type, ContinuousBatcher.Limits.DEFAULT, 64)) {
      assertThat(readAll(cold.submit(request(60, 3, followUp(prompt, written))))).isEqualTo(again);
    }
  }

  private static int[] followUp(int[] prompt, List<Integer> written) {
    return IntStream.concat(IntStream.of(prompt), written.stream().mapToInt(i -> i)).toArray();
  }

  @Test
  void writesTheSameWithDraftsAndSomeOfThemAreRight() throws Exception {
    Stories stories = Stories.read();
    List<TokenRequest> requests = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      int[] prompt = new int[60];
      for (int t = 0; t < 60; t++) {
        prompt[t] = 3 + (t % (5 + i)) * 7; // repeats itself
      }
      requests.add(request(200, i, prompt));
    }
    try (ContinuousBatcher plain = open(stories, new ContinuousBatcher.Limits(8, 32, 128, 0));
        ContinuousBatcher drafting = open(stories, new ContinuousBatcher.Limits(8, 32, 128, 3))) {
      for (TokenRequest r : requests) {
        assertThat(readAll(drafting.submit(r))).isEqualTo(readAll(plain.submit(r)));
      }
      assertThat(plain.metrics().draftedTokens()).isZero();
      assertThat(drafting.metrics().draftedTokens()).isPositive();
      assertThat(drafting.metrics().acceptedTokens()).isPositive();
    }
  }

  @Test
  void letsAHigherPriorityGoFirstAndDoesNotLoseTheOther() throws Exception {
    Stories stories = Stories.read();
    try (ContinuousBatcher batcher = open(stories, new ContinuousBatcher.Limits(1, 8))) {
      List<Integer> expected = readAll(batcher.submit(request(400, 0, Stories.BOS)));
      TokenStream low = batcher.submit(request(400, 0, Stories.BOS));
      assertThat(low.next(LONG)).isPresent();
      TokenStream high = batcher.submit(new TokenRequest(new int[] {5}, 10, SamplingOptions.GREEDY, Set.of(), null, -1,
          "", 1, null, Deadline.NONE));
      assertThat(readAll(high)).hasSize(10);
      assertThat(low.finish()).isNull();
      assertThat(readAll(low)).isEqualTo(expected.subList(1, 400));
    }
  }

  @Test
  void scoresTokensByTheModelsOwnProbabilities() throws Exception {
    Stories stories = Stories.read();
    try (ContinuousBatcher batcher = open(stories, ContinuousBatcher.Limits.DEFAULT)) {
      TokenStream stream = batcher.submit(new TokenRequest(new int[] {Stories.BOS}, 5, SamplingOptions.GREEDY, Set.of(),
          null, 3, "", 0, null, Deadline.NONE));
      int[] path = stories.greedyPath();
      float[][] logits = stories.referenceLogits();
      for (int i = 0; i < 5; i++) {
        assertThat(stream.next(LONG).getAsInt()).isEqualTo(path[i + 1]);
        double sum = 0;
        for (float l : logits[i]) {
          sum += Math.exp(l);
        }
        TokenScores scores = stream.scores();
        assertThat((double) scores.logprob()).isCloseTo(logits[i][path[i + 1]] - Math.log(sum), within(1e-4));
        assertThat(scores.tokens()).hasSize(3).startsWith(path[i + 1]);
        assertThat(scores.logprobs()[0]).isEqualTo(scores.logprob()).isGreaterThanOrEqualTo(scores.logprobs()[1]);
      }
    }
  }

  @Test
  void oneTenantCannotTakeAllPlaces() throws Exception {
    Stories stories = Stories.read();
    try (ContinuousBatcher batcher = open(stories, new ContinuousBatcher.Limits(1, 8))) {
      List<TokenStream> all = new ArrayList<>();
      assertThatThrownBy(() -> {
        for (int i = 0; i < 20; i++) {
          all.add(batcher.submit(of("greedy", 300)));
        }
      }).isInstanceOf(GeneratorBusy.class);
      TokenStream other = batcher.submit(of("modest", 10));
      while (other.finish() == null) {
        other.next(Duration.ofMillis(10));
      }
      assertThat(all.stream().filter(s -> s.finish() != null).count()).isLessThan(3); // it was not the last to be served
      all.forEach(TokenStream::cancel);
    }
  }

  private static TokenRequest of(String tenant, int maxTokens) {
    return new TokenRequest(new int[] {Stories.BOS}, maxTokens, SamplingOptions.GREEDY, Set.of(), null, -1, tenant, 0,
        null, Deadline.NONE);
  }
}
