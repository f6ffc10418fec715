// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.FunctionDefinition;
import com.openai.models.FunctionParameters;
import com.openai.models.ResponseFormatJsonSchema;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionFunctionTool;
import com.openai.models.chat.completions.ChatCompletionMessageFunctionToolCall;
import com.openai.models.chat.completions.ChatCompletionToolChoiceOption;
import com.openai.models.chat.completions.ChatCompletionToolMessageParam;
import com.openai.models.responses.FunctionTool;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseFunctionToolCall;
import com.openai.models.responses.ResponseStreamEvent;
import com.openai.models.responses.ToolChoiceOptions;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import io.millrace.core.json.Json;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.model.tool.ToolCallingManager;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.function.FunctionToolCallback;
import tools.jackson.databind.JsonNode;

import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What people's clients can do with our own engine. Its model has random weights: what is sure is that the same seed is the
 * same text, and that forms are kept to. {@link ModelClientsTest} sees that words arrive, and embeddings.
 */
@ExtendWith(EngineMill.class)
class EngineClientsTest {

  private static final String MODEL = "millrace-generator";
  private static final int SEED = 5;
  private static final int LONG_ENOUGH = 200;
  private static final List<String> CITIES = List.of("BERN", "ULM");
  private static final Map<String, Object> SCHEMA =
      Map.of(
          "type", "object", "properties", Map.of("city", Map.of("type", "string", "enum", CITIES)), "required", List.of("city"),
          "additionalProperties", false);

  private static String url;
  private static OpenAIClient openAi;

  @BeforeAll
  static void start() {
    url = EngineMill.mill().uri("/v1").toString();
    openAi = OpenAIOkHttpClient.builder().baseUrl(url).apiKey("unused").maxRetries(0).build();
  }

  @AfterAll
  static void stop() {
    openAi.close();
  }

  // --- the official client ------------------------------------------------------------------------------------

  @Test
  void theOfficialClientChatsAndStreams() {
    ChatCompletion whole = openAi.chat().completions().create(chat("Where?").maxCompletionTokens(24).build()).validate();
    ChatCompletionAccumulator all = ChatCompletionAccumulator.create();
    try (StreamResponse<ChatCompletionChunk> stream =
        openAi.chat().completions().createStreaming(chat("Where?").maxCompletionTokens(24).build())) {
      stream.stream().forEach(chunk -> all.accumulate(chunk.validate()));
    }
    assertThat(all.chatCompletion().choices().getFirst().message().content().orElseThrow())
        .isNotEmpty().isEqualTo(whole.choices().getFirst().message().content().orElseThrow());
  }

  @Test
  void theOfficialClientCallsTools() {
    ChatCompletionCreateParams.Builder asked =
        chat("Where?").addTool(weather()).toolChoice(ChatCompletionToolChoiceOption.Auto.REQUIRED).parallelToolCalls(false);
    ChatCompletion.Choice choice = openAi.chat().completions().create(asked.build()).validate().choices().getFirst();
    assertThat(choice.finishReason()).isEqualTo(ChatCompletion.Choice.FinishReason.TOOL_CALLS);
    ChatCompletionMessageFunctionToolCall call = onlyCall(choice);
    assertThat(call.function().name()).isEqualTo("weather");
    assertThat(city(call.function().arguments())).isIn(CITIES);

    ChatCompletionAccumulator all = ChatCompletionAccumulator.create();
    try (StreamResponse<ChatCompletionChunk> stream = openAi.chat().completions().createStreaming(asked.build())) {
      stream.stream().forEach(chunk -> all.accumulate(chunk.validate()));
    }
    assertThat(onlyCall(all.chatCompletion().choices().getFirst()).function().arguments()).isEqualTo(call.function().arguments());

    asked.addMessage(choice.message());
    asked.addMessage(ChatCompletionToolMessageParam.builder().toolCallId(call.id()).content("rain").build());
    asked.toolChoice(ChatCompletionToolChoiceOption.Auto.NONE);
    ChatCompletion told = openAi.chat().completions().create(asked.build()).validate();
    assertThat(told.choices().getFirst().message().toolCalls()).isEmpty();
    assertThat(told.choices().getFirst().message().content().orElseThrow()).isNotEmpty();
  }

  private static ChatCompletionMessageFunctionToolCall onlyCall(ChatCompletion.Choice choice) {
    assertThat(choice.message().toolCalls().orElseThrow()).hasSize(1);
    return choice.message().toolCalls().orElseThrow().getFirst().asFunction();
  }

  @Test
  void theOfficialClientAsksForASchema() {
    ResponseFormatJsonSchema format =
        ResponseFormatJsonSchema.builder()
            .jsonSchema(
                ResponseFormatJsonSchema.JsonSchema.builder().name("place").strict(true)
                    .schema(JsonValue.from(SCHEMA).convert(ResponseFormatJsonSchema.JsonSchema.Schema.class)).build())
            .build();
    ChatCompletion completion = openAi.chat().completions().create(chat("Where?").responseFormat(format).build()).validate();
    assertThat(city(completion.choices().getFirst().message().content().orElseThrow())).isIn(CITIES);
  }

  @Test
  void theOfficialClientGetsResponses() {
    FunctionTool tool =
        FunctionTool.builder().name("weather").strict(true)
            .parameters(JsonValue.from(SCHEMA).convert(FunctionTool.Parameters.class)).build();
    ResponseCreateParams asked =
        ResponseCreateParams.builder().model(MODEL).input("Where?").maxOutputTokens(LONG_ENOUGH).addTool(tool)
            .toolChoice(ToolChoiceOptions.REQUIRED).parallelToolCalls(false).build();
    ResponseAccumulator called = ResponseAccumulator.create();
    try (StreamResponse<ResponseStreamEvent> stream = openAi.responses().createStreaming(asked)) {
      stream.stream().forEach(event -> called.accumulate(event.validate()));
    }
    assertThat(called.response().output()).hasSize(1);
    ResponseFunctionToolCall call = called.response().output().getFirst().asFunctionCall();
    assertThat(call.name()).isEqualTo("weather");
    assertThat(city(call.arguments())).isIn(CITIES);
  }

  // --- LangChain4j --------------------------------------------------------------------------------------------

  @Test
  void langChain4jChatsStreamsCallsToolsAndAsksForASchema() throws Exception {
    OpenAiChatModel chat =
        OpenAiChatModel.builder().baseUrl(url).apiKey("unused").modelName(MODEL).maxRetries(0).seed(SEED)
            .maxTokens(LONG_ENOUGH).parallelToolCalls(false).build();
    OpenAiStreamingChatModel streaming =
        OpenAiStreamingChatModel.builder().baseUrl(url).apiKey("unused").modelName(MODEL).seed(SEED)
            .maxTokens(LONG_ENOUGH).parallelToolCalls(false).build();
    ChatRequest asking = ChatRequest.builder().messages(UserMessage.from("Where?")).build();
    assertThat(ModelClientsTest.streamed(streaming, asking).text()).isNotEmpty().isEqualTo(chat.chat(asking).aiMessage().text());

    JsonObjectSchema parameters = JsonObjectSchema.builder().addEnumProperty("city", CITIES).required("city").build();
    ToolSpecification weather = ToolSpecification.builder().name("weather").description("Tells it.").parameters(parameters).build();
    ChatRequest calling =
        ChatRequest.builder().messages(UserMessage.from("Where?")).toolSpecifications(weather).toolChoice(ToolChoice.REQUIRED).build();
    AiMessage called = chat.chat(calling).aiMessage();
    ToolExecutionRequest call = called.toolExecutionRequests().getFirst();
    assertThat(call.name()).isEqualTo("weather");
    assertThat(city(call.arguments())).isIn(CITIES);
    assertThat(ModelClientsTest.streamed(streaming, calling).toolExecutionRequests().getFirst().arguments()).isEqualTo(call.arguments());
    ChatRequest told =
        ChatRequest.builder().messages(UserMessage.from("Where?"), called, ToolExecutionResultMessage.from(call, "rain")).build();
    assertThat(chat.chat(told).aiMessage().text()).isNotEmpty();

    ChatRequest schema =
        ChatRequest.builder().messages(UserMessage.from("Where?"))
            .responseFormat(
                ResponseFormat.builder().type(ResponseFormatType.JSON)
                    .jsonSchema(JsonSchema.builder().name("place").rootElement(parameters).build()).build())
            .build();
    assertThat(city(chat.chat(schema).aiMessage().text())).isIn(CITIES);
  }

  // --- Spring AI ----------------------------------------------------------------------------------------------

  /** Something to choose from. */
  enum City { BERN, ULM }

  /** Arguments of a tool. */
  record Place(City city) {}

  @Test
  void springAiChatsStreamsCallsToolsAndAsksForASchema() {
    var model = org.springframework.ai.openai.OpenAiChatModel.builder().options(springAi().build()).build();
    List<String> pieces = model.stream("Where?").collectList().block();
    assertThat(String.join("", pieces)).isNotEmpty().isEqualTo(model.call("Where?"));

    ToolCallback weather =
        FunctionToolCallback.builder("weather", (Place place) -> "rain in " + place.city())
            .description("Tells it.").inputType(Place.class).build();
    Prompt prompt =
        new Prompt("Where?", springAi().toolCallbacks(weather).toolChoice("required").parallelToolCalls(false).build());
    var calling = model.call(prompt);
    assertThat(calling.getResult().getOutput().getToolCalls()).hasSize(1);
    var results = ToolCallingManager.builder().build().executeToolCalls(prompt, calling);
    assertThat(results.conversationHistory().getLast().toString()).contains("rain in ");
    assertThat(model.call(new Prompt(results.conversationHistory(), springAi().build())).getResult().getOutput().getText()).isNotEmpty();

    Prompt schema = new Prompt("Where?", springAi().outputSchema(Json.write(SCHEMA)).build());
    assertThat(city(model.call(schema).getResult().getOutput().getText())).isIn(CITIES);
  }

  private static OpenAiChatOptions.Builder springAi() {
    return new OpenAiChatOptions.Builder().baseUrl(url).apiKey("unused").model(MODEL).maxRetries(0).seed(SEED).maxTokens(LONG_ENOUGH);
  }

  // --- alike --------------------------------------------------------------------------------------------------

  private static String city(String json) {
    return Json.read(json, JsonNode.class).path("city").asString();
  }

  private static ChatCompletionCreateParams.Builder chat(String text) {
    return ChatCompletionCreateParams.builder().model(MODEL).addUserMessage(text).seed(SEED).maxCompletionTokens(LONG_ENOUGH);
  }

  private static ChatCompletionFunctionTool weather() {
    return ChatCompletionFunctionTool.builder()
        .function(
            FunctionDefinition.builder().name("weather").description("Tells it.")
                .parameters(JsonValue.from(SCHEMA).convert(FunctionParameters.class)).build())
        .build();
  }
}
