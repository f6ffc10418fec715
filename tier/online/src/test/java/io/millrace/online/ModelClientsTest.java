// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
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
import com.openai.models.chat.completions.ChatCompletionMessageParam;
import com.openai.models.chat.completions.ChatCompletionToolMessageParam;
import com.openai.models.chat.completions.ChatCompletionUserMessageParam;
import com.openai.models.completions.Completion;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.responses.FunctionTool;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseFunctionToolCall;
import com.openai.models.responses.ResponseStreamEvent;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiEmbeddingModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import io.millrace.core.json.Json;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.model.tool.ToolCallingManager;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.ai.openai.OpenAiEmbeddingOptions;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.function.FunctionToolCallback;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * What people's clients can do with a language model: chat, stream, tools, schema, embeddings, each. The model is one that
 * says what it is told to, behind the gateway; {@link EngineClientsTest} asks our own engine.
 */
@ExtendWith(LargeMill.class)
class ModelClientsTest {

  private static final String MODEL = "millrace-generator";
  private static final Map<String, Object> SCHEMA =
      Map.of(
          "type", "object", "properties", Map.of("city", Map.of("type", "string")), "required", List.of("city"),
          "additionalProperties", false);

  private static String url;
  private static OpenAIClient openAi;

  @BeforeAll
  static void start() {
    url = LargeMill.mill().uri("/v1").toString();
    openAi = OpenAIOkHttpClient.builder().baseUrl(url).apiKey("unused").maxRetries(0).build();
  }

  @AfterAll
  static void stop() {
    openAi.close();
  }

  // --- the official client ------------------------------------------------------------------------------------

  @Test
  void theOfficialClientChatsWithAllOptions() {
    ChatCompletion completion =
        openAi.chat().completions().create(
            chat("say: one two").n(2).seed(7).temperature(0.5).topP(0.9).logprobs(true).topLogprobs(2).stop("END")
                .frequencyPenalty(0.1).presencePenalty(0.1).maxCompletionTokens(50).build());
    completion.validate();
    assertThat(completion.choices()).hasSize(2);
    ChatCompletion.Choice first = completion.choices().getFirst();
    assertThat(first.message().content()).contains("one two");
    assertThat(first.logprobs().orElseThrow().content().orElseThrow()).hasSize(2);
    assertThat(completion.usage().orElseThrow().promptTokensDetails()).isPresent();
  }

  @Test
  void theOfficialClientStreams() {
    ChatCompletionAccumulator all = ChatCompletionAccumulator.create();
    try (StreamResponse<ChatCompletionChunk> stream =
        openAi.chat().completions().createStreaming(chat("say: one two three").build())) {
      stream.stream().forEach(chunk -> {
        chunk.validate();
        all.accumulate(chunk);
      });
    }
    assertThat(all.chatCompletion().choices().getFirst().message().content()).contains("one two three");
  }

  @Test
  void theOfficialClientCallsTools() {
    ChatCompletionCreateParams.Builder asked = chat("weather?").addTool(weather());
    ChatCompletion.Choice choice = openAi.chat().completions().create(asked.build()).validate().choices().getFirst();
    assertThat(choice.finishReason()).isEqualTo(ChatCompletion.Choice.FinishReason.TOOL_CALLS);
    ChatCompletionMessageFunctionToolCall call = choice.message().toolCalls().orElseThrow().getFirst().asFunction();
    assertThat(call.function().name()).isEqualTo("weather");
    assertThat(call.function().arguments()).isEqualTo("{\"city\":\"Bern\"}");
    asked.addMessage(choice.message());
    asked.addMessage(ChatCompletionToolMessageParam.builder().toolCallId(call.id()).content("rain").build());
    assertThat(openAi.chat().completions().create(asked.build()).choices().getFirst().message().content()).contains("It is rain.");

    ChatCompletionAccumulator all = ChatCompletionAccumulator.create();
    try (StreamResponse<ChatCompletionChunk> stream =
        openAi.chat().completions().createStreaming(chat("weather?").addTool(weather()).build())) {
      stream.stream().forEach(chunk -> all.accumulate(chunk.validate()));
    }
    assertThat(
            all.chatCompletion().choices().getFirst().message().toolCalls().orElseThrow().getFirst().asFunction().function().arguments())
        .isEqualTo("{\"city\":\"Bern\"}");
  }

  @Test
  void theOfficialClientAsksForASchema() {
    ResponseFormatJsonSchema format =
        ResponseFormatJsonSchema.builder()
            .jsonSchema(
                ResponseFormatJsonSchema.JsonSchema.builder().name("place").strict(true)
                    .schema(JsonValue.from(SCHEMA).convert(ResponseFormatJsonSchema.JsonSchema.Schema.class)).build())
            .build();
    assertThat(
            openAi.chat().completions().create(chat("where?").responseFormat(format).build()).choices().getFirst().message().content())
        .contains("{\"city\":\"Bern\"}");
  }

  @Test
  void theOfficialClientEmbeds() {
    assertThat(
            openAi.embeddings().create(EmbeddingCreateParams.builder().model("bge-small-en-v1.5").input("a mill").build())
                .data().getFirst().embedding())
        .hasSize(384);
  }

  @Test
  void theOfficialClientGetsResponses() {
    Response response = openAi.responses().create(response("say: one two").instructions("Be brief.").build());
    response.validate();
    assertThat(response.output().getFirst().asMessage().content().getFirst().asOutputText().text()).isEqualTo("one two");
    assertThat(response.usage().orElseThrow().totalTokens()).isPositive();

    ResponseAccumulator all = ResponseAccumulator.create();
    StringBuilder text = new StringBuilder();
    try (StreamResponse<ResponseStreamEvent> stream = openAi.responses().createStreaming(response("say: one two").build())) {
      stream.stream().forEach(event -> {
        event.validate();
        all.accumulate(event);
        event.outputTextDelta().ifPresent(delta -> text.append(delta.delta()));
      });
    }
    assertThat(text.toString()).isEqualTo("one two");
    assertThat(all.response().output().getFirst().asMessage().content().getFirst().asOutputText().text()).isEqualTo("one two");

    FunctionTool tool =
        FunctionTool.builder().name("weather").strict(true)
            .parameters(JsonValue.from(SCHEMA).convert(FunctionTool.Parameters.class)).build();
    ResponseAccumulator called = ResponseAccumulator.create();
    try (StreamResponse<ResponseStreamEvent> stream =
        openAi.responses().createStreaming(response("weather?").addTool(tool).build())) {
      stream.stream().forEach(event -> called.accumulate(event.validate()));
    }
    ResponseFunctionToolCall call = called.response().output().getFirst().asFunctionCall();
    assertThat(call.name()).isEqualTo("weather");
    assertThat(call.arguments()).isEqualTo("{\"city\":\"Bern\"}");
    assertThatThrownBy(() -> openAi.responses().create(response("hi").previousResponseId("resp_1").build()))
        .isInstanceOf(BadRequestException.class).hasMessageContaining("nothing is stored");
  }

  @Test
  void theOfficialClientContinuesTexts() {
    Completion completion =
        openAi.completions().create(
            CompletionCreateParams.builder().model(MODEL).prompt("say: one two").logprobs(1).maxTokens(20).build());
    completion.validate();
    assertThat(completion.choices().getFirst().text()).isEqualTo("one two");
    StringBuilder text = new StringBuilder();
    try (StreamResponse<Completion> stream =
        openAi.completions().createStreaming(CompletionCreateParams.builder().model(MODEL).prompt("say: a b").build())) {
      stream.stream().forEach(chunk -> chunk.choices().forEach(choice -> text.append(choice.text())));
    }
    assertThat(text.toString()).isEqualTo("a b");
  }

  // --- LangChain4j --------------------------------------------------------------------------------------------

  @Test
  void langChain4jChatsStreamsCallsToolsAsksForASchemaAndEmbeds() throws Exception {
    OpenAiChatModel chat = OpenAiChatModel.builder().baseUrl(url).apiKey("unused").modelName(MODEL).maxRetries(0).build();
    assertThat(chat.chat("say: one two")).isEqualTo("one two");

    OpenAiStreamingChatModel streaming =
        OpenAiStreamingChatModel.builder().baseUrl(url).apiKey("unused").modelName(MODEL).build();
    JsonObjectSchema parameters = JsonObjectSchema.builder().addStringProperty("city").required("city").build();
    ToolSpecification weather = ToolSpecification.builder().name("weather").description("Tells it.").parameters(parameters).build();
    assertThat(streamed(streaming, ChatRequest.builder().messages(UserMessage.from("say: one two")).build()).text())
        .isEqualTo("one two");
    ChatRequest asking = ChatRequest.builder().messages(UserMessage.from("weather?")).toolSpecifications(weather).build();
    assertThat(streamed(streaming, asking).toolExecutionRequests().getFirst().arguments()).isEqualTo("{\"city\":\"Bern\"}");

    AiMessage calling = chat.chat(asking).aiMessage();
    ToolExecutionRequest call = calling.toolExecutionRequests().getFirst();
    assertThat(call.name()).isEqualTo("weather");
    ChatRequest told =
        ChatRequest.builder()
            .messages(UserMessage.from("weather?"), calling, ToolExecutionResultMessage.from(call, "rain"))
            .toolSpecifications(weather).build();
    assertThat(chat.chat(told).aiMessage().text()).isEqualTo("It is rain.");

    ChatRequest schema =
        ChatRequest.builder().messages(UserMessage.from("where?"))
            .responseFormat(
                ResponseFormat.builder().type(ResponseFormatType.JSON)
                    .jsonSchema(JsonSchema.builder().name("place").rootElement(parameters).build()).build())
            .build();
    assertThat(chat.chat(schema).aiMessage().text()).isEqualTo("{\"city\":\"Bern\"}");

    OpenAiEmbeddingModel embedding =
        OpenAiEmbeddingModel.builder().baseUrl(url).apiKey("unused").modelName("bge-small-zh-v1.5").build();
    assertThat(embedding.embed("水车").content().dimension()).isEqualTo(512);
  }

  /** The whole answer of a stream. */
  static AiMessage streamed(OpenAiStreamingChatModel model, ChatRequest request) throws Exception {
    CompletableFuture<AiMessage> whole = new CompletableFuture<>();
    model.chat(
        request,
        new StreamingChatResponseHandler() {
          @Override
          public void onCompleteResponse(ChatResponse response) {
            whole.complete(response.aiMessage());
          }

          @Override
          public void onError(Throwable error) {
            whole.completeExceptionally(error);
          }
        });
    return whole.get(60, TimeUnit.SECONDS);
  }

  // --- Spring AI ----------------------------------------------------------------------------------------------

  /** Arguments of a tool. */
  record Place(String city) {}

  @Test
  void springAiChatsStreamsCallsToolsAsksForASchemaAndEmbeds() {
    var model = org.springframework.ai.openai.OpenAiChatModel.builder().options(springAi().build()).build();
    assertThat(model.call("say: one two")).isEqualTo("one two");
    List<String> pieces = model.stream("say: one two three").collectList().block();
    assertThat(String.join("", pieces)).isEqualTo("one two three");

    ToolCallback weather =
        FunctionToolCallback.builder("weather", (Place place) -> "rain in " + place.city())
            .description("Tells it.").inputType(Place.class).build();
    Prompt prompt = new Prompt("weather?", springAi().toolCallbacks(weather).build());
    var calling = model.call(prompt);
    assertThat(calling.getResult().getOutput().getToolCalls().getFirst().arguments()).isEqualTo("{\"city\":\"Bern\"}");
    var results = ToolCallingManager.builder().build().executeToolCalls(prompt, calling);
    String told = model.call(new Prompt(results.conversationHistory(), prompt.getOptions())).getResult().getOutput().getText();
    assertThat(told).contains("rain in Bern");

    Prompt schema = new Prompt("where?", springAi().outputSchema(Json.write(SCHEMA)).build());
    assertThat(model.call(schema).getResult().getOutput().getText()).isEqualTo("{\"city\":\"Bern\"}");

    var embedding =
        org.springframework.ai.openai.OpenAiEmbeddingModel.builder()
            .options(OpenAiEmbeddingOptions.builder().baseUrl(url).apiKey("unused").model("bge-small-en-v1.5").build())
            .build();
    assertThat(embedding.embed("a mill")).hasSize(384);
  }

  private static OpenAiChatOptions.Builder springAi() {
    return new OpenAiChatOptions.Builder().baseUrl(url).apiKey("unused").model(MODEL).maxRetries(0);
  }

  private static ChatCompletionCreateParams.Builder chat(String text) {
    return ChatCompletionCreateParams.builder().model(MODEL)
        .addMessage(ChatCompletionMessageParam.ofUser(ChatCompletionUserMessageParam.builder().content(text).build()));
  }

  private static ResponseCreateParams.Builder response(String input) {
    return ResponseCreateParams.builder().model(MODEL).input(input);
  }

  private static ChatCompletionFunctionTool weather() {
    return ChatCompletionFunctionTool.builder()
        .function(
            FunctionDefinition.builder().name("weather").description("Tells it.")
                .parameters(JsonValue.from(SCHEMA).convert(FunctionParameters.class)).build())
        .build();
  }
}
