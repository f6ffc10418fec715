// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.millrace.core.generation.OutputFormat;
import io.millrace.core.generation.OutputFormat.JsonSchema;
import io.millrace.core.generation.Tool;
import io.millrace.core.generation.ToolCall;
import io.millrace.core.generation.ToolChoice;
import io.millrace.core.json.Json;
import io.millrace.model.tokenizer.BpeTrainer;
import io.millrace.model.tokenizer.ChatTemplate;
import io.millrace.model.tokenizer.TemplateFile;
import io.millrace.model.tokenizer.Tokenizer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class ToolFormTest {
  private static final Tool WEATHER = tool("weather",
      "{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\",\"maxLength\":30},\"days\":"
      + "{\"type\":\"integer\",\"minimum\":1,\"maximum\":14},\"unit\":{\"enum\":[\"C\",\"F\"]}},\"required\":[\"city\"],\"additionalProperties\":false}");
  private static final Tool CLOCK = tool("clock.now", "{\"type\":\"object\",\"properties\":{}}");
  private static final Tool ANY = tool("any", "{}");
  private static final List<Tool> TOOLS = List.of(WEATHER, CLOCK, ANY);

  private final Vocabulary across = Vocabularies.acrossStructure();
  private final Forms forms = new Forms(across);
  private final Forms reading = new Forms(Vocabularies.bytes());
  private final SchemaRegistry registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

  private static Tool tool(String name, String parameters) {
    return new Tool(name, "", Json.read(parameters, JsonNode.class));
  }

  private List<ToolCall> calls(ToolSyntax syntax, String text) {
    CallReader reader = new CallReader(syntax);
    StringBuilder rest = new StringBuilder();
    reader.next(text).forEach(piece ->
        rest.append(piece instanceof io.millrace.core.generation.Piece.Text t ? t.text() : ""));
    reader.end().forEach(piece ->
        rest.append(piece instanceof io.millrace.core.generation.Piece.Text t ? t.text() : ""));
    assertThat(rest.toString()).as(text).doesNotContain("\"arguments\"");
    return reader.calls();
  }

  private void assertValid(ToolCall call) {
    Tool tool = TOOLS.stream().filter(t -> t.name().equals(call.name())).findFirst().orElseThrow();
    JsonNode arguments = Json.read(call.arguments(), JsonNode.class);
    assertThat(arguments.isObject()).isTrue();
    assertThat(registry.getSchema(tool.parameters()).validate(arguments)).as("%s", call).isEmpty();
  }

  @Test
  void aRequiredCallIsAlwaysValid() {
    for (ToolSyntax syntax : List.of(ToolSyntax.TAGS, ToolSyntax.JSON, new ToolSyntax("[CALL]", "", "parameters"))) {
      OutputForm form = forms.of(OutputFormat.TEXT, TOOLS, ToolChoice.REQUIRED, syntax);
      for (int i = 0; i < 60; i++) {
        String text = new RandomModel(across, i).write(form, form.shortest() + 3 * i);
        List<ToolCall> calls = calls(syntax, text);
        assertThat(calls).as(text).isNotEmpty();
        calls.forEach(this::assertValid);
      }
    }
  }

  @Test
  void aNamedToolIsCalledOnce() {
    OutputForm form = forms.of(OutputFormat.TEXT, TOOLS, new ToolChoice.Named("weather"), ToolSyntax.TAGS);
    for (int i = 0; i < 40; i++) {
      List<ToolCall> calls = calls(ToolSyntax.TAGS, new RandomModel(across, i).write(form, form.shortest() + 60));
      assertThat(calls).hasSize(1).allMatch(call -> call.name().equals("weather"));
      assertValid(calls.getFirst());
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> forms.of(OutputFormat.TEXT, TOOLS, new ToolChoice.Named("gone"), ToolSyntax.TAGS))
        .withMessage("tool_choice 'gone' is none of the tools [weather, clock.now, any]");
  }

  @Test
  void aTextIsFreeUntilACallBegins() {
    OutputForm form = reading.of(OutputFormat.TEXT, TOOLS, ToolChoice.AUTO, ToolSyntax.TAGS);
    String call = "<tool_call>\n{\"name\": \"clock.now\", \"arguments\": {}}\n</tool_call>";
    for (String text : List.of("", "Any text, <tool", "a < b </tool_call> {\"name\"", "<<tool_<tool_call"
        + call.substring(10), call, "Well.\n" + call + "\n" + call,
        "<tool_call>{\"name\":\"any\",\"arguments\":{\"x\":[1]}}</tool_call>")) {
      assertThat(Reading.reads(form, text)).as(text).isTrue();
    }
    for (String text : List.of("<tool_call>", "x<tool_call>y", call + " and more",
        "<tool_call>{\"name\":\"gone\",\"arguments\":{}}</tool_call>",
        "<tool_call>{\"name\":\"clock.now\",\"arguments\":{\"a\":1}}</tool_call>",
        "<tool_call>{\"name\":\"any\",\"arguments\":[]}</tool_call>")) {
      assertThat(Reading.reads(form, text)).as(text).isFalse();
    }
  }

  @Test
  void freeTextMayHoldTokensWithoutTextAndCallsMayNot() {
    FormState state = forms.of(OutputFormat.TEXT, TOOLS, ToolChoice.AUTO, ToolSyntax.TAGS).start(80);
    assertThat(state.complete()).isTrue();
    assertThat(state.allowed(80)[0] >>> Vocabularies.SILENT & 1).isOne();
    for (byte b : "Hm.\n<tool_call>".getBytes(StandardCharsets.UTF_8)) {
      state.accept(2 + b);
    }
    assertThat(state.complete()).isFalse();
    assertThat(state.allowed(80)[0] & 3).isZero();
  }

  @Test
  void randomModelsMayTalkAndCallsThatTheyBeginAreValid() {
    OutputForm form = forms.of(OutputFormat.TEXT, TOOLS, ToolChoice.AUTO, ToolSyntax.TAGS);
    OutputForm plain = forms.of(OutputFormat.TEXT, TOOLS, ToolChoice.AUTO, ToolSyntax.JSON);
    int called = 0;
    for (int i = 0; i < 500; i++) {
      String text = new RandomModel(across, i).writeBytes(plain, 40);
      List<ToolCall> calls = text.startsWith("{") ? calls(ToolSyntax.JSON, text) : List.of();
      assertThat(calls.isEmpty()).as(text).isEqualTo(!text.startsWith("{"));
      calls.forEach(this::assertValid);
      called += calls.size();
      if (i < 50) {
        new RandomModel(across, i).writeBytes(form, 60);
      }
    }
    assertThat(called).isPositive();
  }

  @Test
  void anAnswerOfAFormIsThatOrCalls() {
    JsonSchema schema = new JsonSchema(Json.read("{\"properties\":{\"a\":{\"type\":\"boolean\"}},\"required\":[\"a\"]}", JsonNode.class));
    OutputForm form = reading.of(schema, TOOLS, ToolChoice.AUTO, ToolSyntax.TAGS);
    assertThat(Reading.reads(form, "{\"a\":true}")).isTrue();
    assertThat(Reading.reads(form, "<tool_call>{\"name\":\"clock.now\",\"arguments\":{}}</tool_call>")).isTrue();
    assertThat(Reading.reads(form, "Well. {\"a\":true}")).isFalse();
    assertThat(reading.of(schema, TOOLS, ToolChoice.NONE, ToolSyntax.TAGS)).isSameAs(reading.of(schema));
    assertThat(reading.of(schema, List.of(), ToolChoice.AUTO, ToolSyntax.TAGS)).isSameAs(reading.of(schema));
  }

  @Test
  void aToolWhoseParametersAreNotSupportedIsNamed() {
    List<Tool> tools = List.of(CLOCK, tool("odd", "{\"properties\":{\"a\":{\"not\":{}}}}"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> forms.of(OutputFormat.TEXT, tools, ToolChoice.AUTO, ToolSyntax.TAGS))
        .withMessageStartingWith("tool 'odd': the schema at #/properties/a cannot be used: 'not'");
    List<Tool> impossible = List.of(tool("never", "{\"type\":\"string\"}"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> forms.of(OutputFormat.TEXT, impossible, ToolChoice.REQUIRED, ToolSyntax.TAGS))
        .withMessageContaining("tool 'never' at #");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> forms.of(OutputFormat.TEXT, List.of(), ToolChoice.REQUIRED, ToolSyntax.TAGS))
        .withMessageContaining("required is none of the tools []");
  }

  @Test
  void theSyntaxIsThatOfTheTemplate(@TempDir Path folder) throws IOException {
    BpeTrainer.ofSize(300).train(List.of("a b c").iterator()).writeTokenizerJson(folder.resolve(Tokenizer.FILE));
    try (Tokenizer tokenizer = Tokenizer.load(folder)) {
      assertThat(ToolSyntax.of(ChatTemplate.chatMl(tokenizer), tokenizer)).isEqualTo(ToolSyntax.TAGS);
      String messages = "{%% for tool in tools %%}{{ tool | tojson }}{%% endfor %%}{%% for m in messages %%}{{ m.role }} {{ m.content }}{%% for c in m.tool_calls %%}%s"
          + "{%% endfor %%}<|im_end|>\n{%% endfor %%}";
      record Case(String call, ToolSyntax syntax) {}
      for (Case one : List.of(
          new Case("\n<call>{\"name\": \"{{ c.function.name }}\", \"arguments\": {{ c.function.arguments | tojson }}}</call>", new ToolSyntax("<call>", "</call>", "arguments")),
          new Case("[TOOL_CALLS] {\"name\": \"{{ c.function.name }}\", \"arguments\": {{ c.function.arguments | tojson }}}", new ToolSyntax("[TOOL_CALLS]", "", "arguments")),
          new Case("{\"name\": \"{{ c.function.name }}\", \"parameters\": {{ c.function.arguments | tojson }}}",
          new ToolSyntax("", "", "parameters")),
          new Case("<|tool_call|>{\"name\": \"{{ c.function.name }}\", \"arguments\": {{ c.function.arguments | tojson }}}", ToolSyntax.JSON),
          new Case("<function={{ c.function.name }}>{{ c.function.arguments | tojson }}</function>",
          ToolSyntax.JSON))) {
        Files.writeString(folder.resolve(TemplateFile.FILE), messages.formatted(one.call));
        assertThat(ToolSyntax.of(ChatTemplate.of(folder, tokenizer), tokenizer)).as(one.call).isEqualTo(one.syntax);
      }
      Files.writeString(folder.resolve(TemplateFile.FILE),
          "{% for m in messages %}{{ m.role }} {{ m.content }}<|im_end|>{% endfor %}");
      assertThat(ToolSyntax.of(ChatTemplate.of(folder, tokenizer), tokenizer)).isEqualTo(ToolSyntax.TAGS);
    }
  }
}
