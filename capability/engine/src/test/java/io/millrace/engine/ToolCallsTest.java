// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.core.generation.Generation;
import io.millrace.core.generation.Generation.Finish;
import io.millrace.core.generation.GenerationRequest;
import io.millrace.core.generation.Message;
import io.millrace.core.generation.Piece;
import io.millrace.core.generation.Prompt;
import io.millrace.core.generation.SamplingOptions;
import io.millrace.core.generation.Tool;
import io.millrace.core.generation.ToolCall;
import io.millrace.core.generation.ToolChoice;
import io.millrace.core.json.Json;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** An untrained model calls tools as it is told to: the form sees to it. */
class ToolCallsTest {
  private static final Tool WEATHER = tool("weather", """
      {"type": "object", "properties": {"city": {"enum": ["Ulm", "Köln"]}, "days": {"type": "integer", "minimum": 1,
       "maximum": 7}}, "required": ["city", "days"], "additionalProperties": false}""");
  private static final Tool TIME = tool("time", "{\"type\": \"object\", \"properties\": {}, \"additionalProperties\": false}");
  private static final List<Message> QUESTION = List.of(new Message("user", "Will it rain?"));

  @TempDir
  static Path folder;

  private static DecoderGenerator generator;

  private static Tool tool(String name, String schema) {
    return new Tool(name, "Tells the " + name + ".", Json.read(schema, JsonNode.class));
  }

  @BeforeAll
  static void open() throws IOException {
    generator = DecoderGenerator.open(SmallModel.write(folder, 1, 2048), "small 1", DecoderGeneratorTest.SETTINGS);
  }

  @AfterAll
  static void close() {
    generator.close();
  }

  private static GenerationRequest request(List<Message> messages, ToolChoice choice, int maxTokens, long seed) {
    return GenerationRequest.of(new Prompt.Dialogue(messages, List.of(WEATHER, TIME)), maxTokens)
        .with(SamplingOptions.of(1, 1, OptionalLong.of(seed))).with(choice);
  }

  private static void assertFits(ToolCall call) {
    JsonNode arguments = Json.read(call.arguments(), JsonNode.class);
    if (call.name().equals("time")) {
      assertThat(arguments.propertyNames()).isEmpty();
    } else {
      assertThat(call.name()).isEqualTo("weather");
      assertThat(arguments.propertyNames()).containsExactlyInAnyOrder("city", "days");
      assertThat(arguments.path("city").asString()).isIn("Ulm", "Köln");
      assertThat(arguments.path("days").intValue()).isBetween(1, 7);
    }
  }

  @Test
  void makesAtLeastOneCallWhereItMust() {
    Set<String> names = new HashSet<>();
    for (int seed = 0; seed < 20; seed++) {
      List<Piece> pieces = new ArrayList<>();
      Generation g = generator.generate(request(QUESTION, ToolChoice.REQUIRED, 400, seed), pieces::add);
      assertThat(g.finish()).isEqualTo(Finish.TOOL_CALLS);
      assertThat(g.text()).isBlank();
      assertThat(g.toolCalls()).isNotEmpty().allSatisfy(ToolCallsTest::assertFits);
      assertThat(g.toolCalls()).extracting(ToolCall::id).doesNotHaveDuplicates();
      g.toolCalls().forEach(call -> names.add(call.name()));
      assertThat(streamed(pieces)).isEqualTo(g.toolCalls());
    }
    assertThat(names).containsExactlyInAnyOrder("weather", "time");
  }

  /** The calls as a reader of the stream puts them together. */
  private static List<ToolCall> streamed(List<Piece> pieces) {
    Map<Integer, ToolCall> calls = new TreeMap<>();
    for (Piece piece : pieces) {
      switch (piece) {
        case Piece.CallBegun(int index, String id, String name) -> calls.put(index, new ToolCall(id, name, ""));
        case Piece.CallArguments(int index, String json) -> calls.computeIfPresent(index,
            (i, call) -> new ToolCall(call.id(), call.name(), call.arguments() + json));
        case Piece.Text _ -> { }
      }
    }
    return List.copyOf(calls.values());
  }

  @Test
  void callsTheToolThatIsNamedOnce() {
    for (int seed = 0; seed < 5; seed++) {
      Generation g = generator.generate(request(QUESTION, new ToolChoice.Named("weather"), 100, seed), piece -> { });
      assertThat(g.toolCalls()).singleElement().satisfies(ToolCallsTest::assertFits)
          .extracting(ToolCall::name).isEqualTo("weather");
    }
  }

  @Test
  void callsNoneWhereItMustNot() {
    for (int seed = 0; seed < 5; seed++) {
      Generation g = generator.generate(request(QUESTION, ToolChoice.NONE, 60, seed), piece -> { });
      assertThat(g.toolCalls()).isEmpty();
      assertThat(g.finish()).isIn(Finish.STOP, Finish.LENGTH);
    }
  }

  @Test
  void readsWhatItCalledAndWhatCameBack() {
    ToolCall call = new ToolCall("call_1", "weather", "{\"city\": \"Ulm\", \"days\": 2}");
    List<Message> dialogue = List.of(QUESTION.getFirst(), new Message("assistant", "", List.of(call), ""),
        new Message("tool", "sunny", List.of(), "call_1"), new Message("user", "And then?"));
    Generation g = generator.generate(request(dialogue, ToolChoice.AUTO, 40, 3), piece -> { });
    Generation other = generator.generate(request(List.of(dialogue.get(0), dialogue.get(3)), ToolChoice.AUTO, 40, 3),
        piece -> { });
    assertThat(g.promptTokens()).as("call and result are read").isGreaterThan(other.promptTokens() + 20);
  }

  @Test
  void refusesAToolThatIsNotThereAndOneThatCannotBeCalled() {
    assertThatThrownBy(() -> generator.generate(request(QUESTION, new ToolChoice.Named("stock"), 60, 1), piece -> { }))
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("'stock'").hasMessageContaining("weather");
    GenerationRequest impossible = GenerationRequest.of(new Prompt.Dialogue(QUESTION,
        List.of(tool("odd", "{\"type\": \"object\", \"not\": {}}"))), 60);
    assertThatThrownBy(() -> generator.generate(impossible, piece -> { }))
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("odd").hasMessageContaining("not");
  }
}
