// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.upstream;

import io.millrace.core.generation.GenerationRequest;
import io.millrace.core.generation.Message;
import io.millrace.core.generation.OutputFormat;
import io.millrace.core.generation.Prompt;
import io.millrace.core.generation.SamplingOptions;
import io.millrace.core.generation.Service;
import io.millrace.core.generation.Tool;
import io.millrace.core.generation.ToolCall;
import io.millrace.core.generation.ToolChoice;
import io.millrace.core.json.Json;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class UpstreamBodyTest {

  private static final JsonNode SCHEMA = json("{'type':'object','properties':{'city':{'type':'string'}}}");
  private static final UpstreamSettings SETTINGS = UpstreamSettings.of("http://localhost:1/v1", "large");

  @Test
  void saysAllInOpenAisWords() {
    Prompt prompt =
        new Prompt.Dialogue(
            List.of(
                new Message("system", "Be brief."), new Message("user", "Weather in Bern?"),
                new Message("assistant", "", List.of(new ToolCall("c1", "weather", "{\"city\":\"Bern\"}")), ""),
                new Message("tool", "rain", List.of(), "c1")),
            List.of(new Tool("weather", "Tells it.", SCHEMA)));
    SamplingOptions sampling =
        new SamplingOptions(0.5, 0, 0.9, 0, 1, 0.1, -0.2, Map.of(42, -100.0), OptionalLong.of(7));
    GenerationRequest request =
        GenerationRequest.of(prompt, 99).with(sampling).withStop(List.of("END")).withScores(3)
            .with(new ToolChoice.Named("weather")).with(new OutputFormat.JsonSchema(SCHEMA));
    UpstreamBody body = UpstreamBody.of(request, SETTINGS, Dialect.OPENAI);
    assertThat(body.path()).isEqualTo("/chat/completions");
    assertThat(Json.tree(Json.bytes(body.json()))).isEqualTo(json("""
        {'model':'large',
         'messages':[
           {'role':'system','content':'Be brief.'},
           {'role':'user','content':'Weather in Bern?'},
           {'role':'assistant','content':null,'tool_calls':[
             {'id':'c1','type':'function','function':{'name':'weather','arguments':'{\\"city\\":\\"Bern\\"}'}}]},
           {'role':'tool','content':'rain','tool_call_id':'c1'}],
         'tools':[{'type':'function','function':{'name':'weather','description':'Tells it.',
           'parameters':{'type':'object','properties':{'city':{'type':'string'}}}}}],
         'tool_choice':{'type':'function','function':{'name':'weather'}},
         'stream':true,'stream_options':{'include_usage':true},
         'max_completion_tokens':99,'stop':['END'],
         'temperature':0.5,'top_p':0.9,'frequency_penalty':0.1,'presence_penalty':-0.2,'seed':7,'logit_bias':{'42':-100.0},
         'response_format':{'type':'json_schema','json_schema':{'name':'answer','strict':true,
           'schema':{'type':'object','properties':{'city':{'type':'string'}}}}},
         'logprobs':true,'top_logprobs':3}"""));
  }

  @Test
  void leavesOutWhatChangesNothing() {
    GenerationRequest request =
        GenerationRequest.of(Prompt.of(List.of(new Message("user", "Hi"))), 5)
            .with(SamplingOptions.of(1, 1, OptionalLong.empty()));
    assertThat(UpstreamBody.of(request, SETTINGS, Dialect.VLLM).json().propertyNames())
        .containsExactly("model", "messages", "stream", "stream_options", "max_tokens");
  }

  @Test
  void continuesATextByTheOlderEndpoint() {
    UpstreamBody body =
        UpstreamBody.of(GenerationRequest.of(new Prompt.Text("Once"), 5).withScores(2), SETTINGS, Dialect.OPENAI);
    assertThat(body.path()).isEqualTo("/completions");
    assertThat(body.json().path("prompt").asString()).isEqualTo("Once");
    assertThat(body.json().path("logprobs").asInt()).isEqualTo(2);
    assertThat(body.json().path("max_tokens").asInt()).isEqualTo(5);
  }

  @Test
  void eachDialectHasItsOwnWordsOrSaysThatItHasNone() {
    GenerationRequest plain = GenerationRequest.of(Prompt.of(List.of(new Message("user", "Hi"))), 5);
    GenerationRequest extras =
        plain.with(new SamplingOptions(1, 40, 1, 0.1, 1.1, 0, 0, Map.of(), OptionalLong.empty()))
            .with(new Service("t", 3, ""));
    JsonNode vllm = UpstreamBody.of(extras.with(new OutputFormat.Regex("[ab]+")), SETTINGS, Dialect.VLLM).json();
    assertThat(vllm.path("top_k").asInt()).isEqualTo(40);
    assertThat(vllm.path("min_p").asDouble()).isEqualTo(0.1);
    assertThat(vllm.path("repetition_penalty").asDouble()).isEqualTo(1.1);
    assertThat(vllm.path("priority").asInt()).isEqualTo(-3);
    assertThat(vllm.at("/structured_outputs/regex").asString()).isEqualTo("[ab]+");
    JsonNode llama = UpstreamBody.of(extras.with(new OutputFormat.Grammar("root ::= \"a\"")), SETTINGS, Dialect.LLAMA_CPP).json();
    assertThat(llama.path("repeat_penalty").asDouble()).isEqualTo(1.1);
    assertThat(llama.path("grammar").asString()).isEqualTo("root ::= \"a\"");
    assertThatThrownBy(() -> UpstreamBody.of(extras, SETTINGS, Dialect.OPENAI)).hasMessageContaining("top_k");
    assertThatThrownBy(() -> UpstreamBody.of(plain.with(new OutputFormat.Regex("a")), SETTINGS, Dialect.LLAMA_CPP))
        .hasMessageContaining("regular expression");
    assertThatThrownBy(() -> UpstreamBody.of(plain.with(new Service("", 0, "poet")), SETTINGS, Dialect.VLLM))
        .hasMessageContaining("poet");
  }

  @Test
  void sendsExtraFieldsAndOmitsUnwantedOnes() {
    UpstreamSettings settings =
        new UpstreamSettings("http://localhost:1/v1", "large", null, null, null, 0, 0, List.of("temperature", "seed"),
            Map.of("reasoning_effort", "low"), null, null, null, null);
    GenerationRequest request = GenerationRequest.of(new Prompt.Text("x"), 1).with(SamplingOptions.of(0, 1, OptionalLong.of(1)));
    JsonNode body = Json.tree(Json.bytes(UpstreamBody.of(request, settings, Dialect.OPENAI).json()));
    assertThat(body.has("temperature")).isFalse();
    assertThat(body.has("seed")).isFalse();
    assertThat(body.path("reasoning_effort").asString()).isEqualTo("low");
  }

  @Test
  void namesSettingsThatDoNotFit() {
    assertThatThrownBy(() -> UpstreamSettings.of("ftp://x/v1", "m")).hasMessageContaining("ftp://x/v1").hasMessageContaining("https://HOST/v1");
    assertThatThrownBy(() -> UpstreamSettings.of("https://user:pw@x/v1", "m")).hasMessageContaining("without user");
    assertThatThrownBy(() -> UpstreamSettings.of("https://x/v1", " ")).hasMessageContaining("model is missing");
    assertThatThrownBy(() -> new UpstreamSettings.Timeouts(-1, 0, 0)).hasMessageContaining("timeouts.connect -1");
    assertThatThrownBy(() -> new UpstreamSettings.Budget(0, 5, 0, 0)).hasMessageContaining("inputPrice");
    assertThatThrownBy(
            () -> new UpstreamSettings("https://x/v1", "m", "A", "b", null, 0, 0, null, null, null, null, null, null))
        .hasMessageContaining("keyVariable").hasMessageContaining("keyFile");
  }

  private static JsonNode json(String text) {
    return Json.read(text.replace('\'', '"'), JsonNode.class);
  }
}
