// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.core.generation.Generation;
import io.millrace.core.generation.Generation.Finish;
import io.millrace.core.generation.GenerationRequest;
import io.millrace.core.generation.Message;
import io.millrace.core.generation.OutputFormat;
import io.millrace.core.generation.Piece;
import io.millrace.core.generation.Prompt;
import io.millrace.core.generation.SamplingOptions;
import io.millrace.core.generation.TokenScore;
import io.millrace.core.generation.Tool;
import io.millrace.core.generation.ToolChoice;
import io.millrace.core.json.Json;
import io.millrace.core.time.Deadline;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class DecoderGeneratorTest {
  private static final List<Message> QUESTION = List.of(
      new Message("system", "Be brief."), new Message("user", "What is a map? 映射是什么？"));
  static final DecoderGenerator.Settings SETTINGS =
      new DecoderGenerator.Settings(2, new ContinuousBatcher.Limits(4, 4));

  @TempDir
  static Path folder;

  private static DecoderGenerator generator;
  private static long talkative;

  @BeforeAll
  static void open() throws IOException {
    generator = DecoderGenerator.open(SmallModel.write(folder.resolve("a"), 1), "small 1", SETTINGS);
    // An untrained model may draw its end at once; a seed under which it does not.
    talkative = LongStream.range(0, 50).filter(s -> generator.generate(request(60, s), t -> { }).completionTokens() > 40)
        .findFirst().orElseThrow();
  }

  @AfterAll
  static void close() {
    generator.close();
  }

  static GenerationRequest request(int maxTokens, long seed, String... stop) {
    return GenerationRequest.of(Prompt.of(QUESTION), maxTokens)
        .with(SamplingOptions.of(1, 1, OptionalLong.of(seed))).withStop(List.of(stop));
  }

  /** All but how much of the prompt was in the cache. */
  private static Generation written(Generation g) {
    return new Generation(g.text(), g.promptTokens(), g.completionTokens(), g.finish());
  }

  @Test
  void streamsWhatItReturns() {
    List<String> pieces = new ArrayList<>();
    Generation g = generator.generate(request(60, talkative), Piece.texts(pieces::add));
    assertThat(String.join("", pieces)).isEqualTo(g.text()).isNotEmpty();
    assertThat(pieces).hasSizeGreaterThan(5);
    assertThat(g.promptTokens()).isEqualTo(generator.count(QUESTION));
    assertThat(g.completionTokens()).isBetween(41, 60);
    assertThat(generator.model()).isEqualTo("small 1");
    assertThat(generator.context()).isEqualTo(256);
  }

  @Test
  void answersManyAtOnceAsItAnswersEachAlone() throws Exception {
    List<Generation> alone = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      alone.add(generator.generate(request(40, i), t -> { }));
    }
    try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Generation>> calls = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        int seed = i;
        calls.add(() -> generator.generate(request(40, seed), t -> { }));
      }
      List<Future<Generation>> together = pool.invokeAll(calls);
      for (int i = 0; i < 8; i++) {
        assertThat(written(together.get(i).get())).isEqualTo(written(alone.get(i)));
      }
    }
  }

  @Test
  void endsBeforeAStopText() {
    String whole = generator.generate(request(60, talkative), t -> { }).text();
    String stop = whole.substring(whole.length() / 2, whole.length() / 2 + 2);
    StringBuilder shown = new StringBuilder();
    Generation g = generator.generate(request(60, talkative, stop), Piece.texts(shown::append));
    assertThat(g.text()).isEqualTo(whole.substring(0, whole.indexOf(stop))).isEqualTo(shown.toString());
    assertThat(g.finish()).isEqualTo(Finish.STOP);
  }

  @Test
  void leavesOffWhenTheCallerDoesOrTheDeadlinePasses() {
    AtomicInteger asked = new AtomicInteger();
    Generation cancelled = generator.generate(request(200, talkative)
        .until(Deadline.NONE, () -> asked.incrementAndGet() > 3), t -> { });
    assertThat(cancelled.finish()).isEqualTo(Finish.CANCELLED);
    assertThat(cancelled.completionTokens()).isLessThan(4);
    Generation late = generator.generate(request(200, talkative)
        .until(Deadline.after(Duration.ZERO), () -> false), t -> { });
    assertThat(late.finish()).isEqualTo(Finish.DEADLINE);
  }

  @Test
  void goesOnAfterACallerThatThrows() {
    assertThatThrownBy(() -> generator.generate(request(60, talkative), t -> {
      throw new IllegalStateException("connection lost");
    })).hasMessage("connection lost");
    assertThat(generator.generate(request(5, 3), t -> { }).completionTokens()).isPositive();
  }

  @Test
  void refusesAPromptThatDoesNotFitAndNamesBothSizes() {
    List<Message> lengthy = List.of(new Message("user", "map ".repeat(300)));
    assertThatThrownBy(() -> generator.generate(GenerationRequest.of(Prompt.of(lengthy), 5), t -> { })).isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(String.valueOf(generator.count(lengthy))).hasMessageContaining("256");
    Generation cut = generator.generate(request(10_000, 3), t -> { });
    assertThat(cut.promptTokens() + cut.completionTokens()).isLessThanOrEqualTo(256);
  }

  @Test
  void swapsModelsUnderLoadAndFreesTheOldOne() throws Exception {
    DecoderGenerator old = DecoderGenerator.open(SmallModel.write(folder.resolve("old"), 7), "old", SETTINGS);
    DecoderGenerator next = DecoderGenerator.open(SmallModel.write(folder.resolve("next"), 8), "next", SETTINGS);
    Generation expectedOld = old.generate(request(100, 5), t -> { });
    Generation expectedNext = next.generate(request(100, 5), t -> { });
    assertThat(expectedOld.text()).isNotEqualTo(expectedNext.text());
    try (ModelSlot slot = new ModelSlot(old)) {
      AtomicInteger swaps = new AtomicInteger();
      Generation inFlight = slot.generate(request(100, 5), t -> {
        if (swaps.getAndIncrement() == 0) {
          slot.swap(next); // in the middle of an answer
          assertThat(slot.model()).isEqualTo("next");
          assertThat(written(slot.generate(request(100, 5), u -> { }))).isEqualTo(written(expectedNext));
        }
      });
      assertThat(written(inFlight)).isEqualTo(written(expectedOld));
      assertThatThrownBy(() -> old.generate(request(5, 1), t -> { })).isInstanceOf(IllegalStateException.class);
      slot.close();
      assertThatThrownBy(() -> slot.generate(request(5, 1), t -> { })).hasMessageContaining("the slot is closed");
    }
  }

  @Test
  void writesWhatASchemaAdmitsAlthoughItNeverSawJson() {
    JsonNode schema = Json.tree("""
        {"type": "object", "properties": {"name": {"type": "string", "maxLength": 20},
         "count": {"type": "integer", "minimum": 3, "maximum": 5}}, "required": ["name", "count"],
         "additionalProperties": false}
        """.getBytes(StandardCharsets.UTF_8));
    for (int seed = 0; seed < 20; seed++) {
      Generation g = generator.generate(request(120, seed).with(new OutputFormat.JsonSchema(schema)), t -> { });
      JsonNode json = Json.tree(g.text().getBytes(StandardCharsets.UTF_8));
      assertThat(json.propertyNames()).containsExactly("name", "count");
      assertThat(json.path("count").intValue()).isBetween(3, 5);
      assertThat(g.finish()).isEqualTo(Finish.STOP);
    }
    Generation tight = generator.generate(request(40, 1).with(OutputFormat.JSON), t -> { });
    assertThat(Json.tree(tight.text().getBytes(StandardCharsets.UTF_8)).isObject()).isTrue();
    Generation chosen = generator.generate(request(40, 1).with(new OutputFormat.Regex("(yes|no)!")), t -> { });
    assertThat(chosen.text()).matches("(yes|no)!");
    assertThatThrownBy(() -> generator.generate(request(3, 1).with(new OutputFormat.JsonSchema(schema)), t -> { }))
        .hasMessageContaining("max tokens 3 is not enough");
    assertThatThrownBy(() -> generator.generate(request(40, 1).with(new OutputFormat.Regex("(")), t -> { }))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void tellsHowLikelyEachTokenWas() {
    List<TokenScore> streamed = new ArrayList<>();
    Generation g = generator.generate(request(30, talkative).withScores(2), piece -> {
      if (piece instanceof Piece.Text text) {
        streamed.addAll(text.scores());
      }
    });
    assertThat(g.scores()).hasSize(g.completionTokens()).isEqualTo(streamed);
    assertThat(g.scores()).allSatisfy(score -> {
      assertThat(score.logprob()).isNegative();
      assertThat(score.alternatives()).hasSize(2);
      assertThat(score.alternatives().getFirst().logprob()).isGreaterThanOrEqualTo(score.logprob());
    });
    assertThat(g.text()).isEqualTo(generator.generate(request(30, talkative), t -> { }).text());
  }

  @Test
  void saysWhichFileDoesNotFit() throws IOException {
    Path model = SmallModel.write(folder.resolve("broken"), 1);
    Path weights = model.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    Files.write(weights, Arrays.copyOf(bytes, bytes.length - 100));
    assertThatThrownBy(() -> DecoderGenerator.open(model, "x", SETTINGS)).isInstanceOf(IOException.class)
        .hasMessageContaining("model.safetensors");
    Files.delete(model.resolve("tokenizer.json"));
    assertThatThrownBy(() -> DecoderGenerator.open(model, "x", SETTINGS)).hasMessageContaining("tokenizer.json");
  }
}
