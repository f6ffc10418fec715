// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.NotFoundException;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.embeddings.CreateEmbeddingResponse;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.models.Model;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiEmbeddingModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import io.millrace.online.security.ApiKey;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Clients that people use: the official OpenAI client and LangChain4j's. */
class ClientsTest {

  private static final String QUESTION = "How many stones does the mill have?";

  private static TestMill mill;
  private static OpenAIClient openAi;

  @BeforeAll
  static void start() {
    mill = TestMill.start();
    mill.content("mill/Stones", "Stones", "The mill has 2 stones. Each of them weighs 900 kilograms.");
    openAi =
        OpenAIOkHttpClient.builder().baseUrl(mill.uri("/v1").toString()).apiKey("unused").maxRetries(0).build();
  }

  @AfterAll
  static void stop() {
    openAi.close();
    mill.close();
  }

  @Test
  void theOfficialClientChats() {
    ChatCompletion completion = openAi.chat().completions().create(question(false));
    assertThat(completion.choices().getFirst().message().content().orElseThrow()).contains("The mill has 2 stones.");
    assertThat(completion.choices().getFirst().finishReason().toString()).isEqualTo("stop");
    assertThat(completion.usage().orElseThrow().totalTokens()).isPositive();
    completion.validate();
  }

  @Test
  void theOfficialClientStreams() {
    StringBuilder text = new StringBuilder();
    List<ChatCompletionChunk> chunks = new ArrayList<>();
    try (StreamResponse<ChatCompletionChunk> stream = openAi.chat().completions().createStreaming(question(true))) {
      stream.stream().forEach(chunk -> {
        chunk.validate();
        chunks.add(chunk);
        chunk.choices().forEach(choice -> choice.delta().content().ifPresent(text::append));
      });
    }
    assertThat(text.toString()).contains("The mill has 2 stones.").contains("[1]");
    assertThat(chunks.getLast().usage().orElseThrow().totalTokens()).isPositive();
    ChatCompletionChunk end = chunks.get(chunks.size() - 2);
    assertThat(end.choices().getFirst().finishReason()).isPresent();
    assertThat(end._additionalProperties()).containsKey("millrace");
  }

  @Test
  void theOfficialClientEmbedsAndListsModels() {
    CreateEmbeddingResponse response =
        openAi.embeddings().create(
            EmbeddingCreateParams.builder()
                .model("bge-small-en-v1.5")
                .inputOfArrayOfStrings(List.of("water wheel", "a wheel driven by water", "tax law"))
                .build());
    List<List<Float>> vectors = response.data().stream().map(each -> each.embedding()).toList();
    assertThat(vectors).allSatisfy(vector -> assertThat(vector).hasSize(384));
    assertThat(cosine(vectors.get(0), vectors.get(1))).isGreaterThan(cosine(vectors.get(0), vectors.get(2)));
    assertThat(openAi.models().list().data().stream().map(Model::id))
        .contains("millrace", "millrace-reader", "millrace-decoder", "bge-small-en-v1.5", "bge-small-zh-v1.5");
  }

  @Test
  void theOfficialClientUnderstandsAnUnknownModel() {
    ChatCompletionCreateParams params =
        ChatCompletionCreateParams.builder().model("gpt-unknown").addUserMessage(QUESTION).build();
    assertThatThrownBy(() -> openAi.chat().completions().create(params))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining("millrace-reader");
  }

  @Test
  void langChain4jChatsStreamsAndEmbeds() throws Exception {
    String url = mill.uri("/v1").toString();
    OpenAiChatModel chat =
        OpenAiChatModel.builder().baseUrl(url).apiKey("unused").modelName("millrace").maxRetries(0).build();
    assertThat(chat.chat(QUESTION)).contains("The mill has 2 stones.");

    OpenAiStreamingChatModel streaming =
        OpenAiStreamingChatModel.builder().baseUrl(url).apiKey("unused").modelName("millrace").build();
    CompletableFuture<ChatResponse> whole = new CompletableFuture<>();
    StringBuilder pieces = new StringBuilder();
    streaming.chat(
        QUESTION,
        new StreamingChatResponseHandler() {
          @Override
          public void onPartialResponse(String piece) {
            pieces.append(piece);
          }

          @Override
          public void onCompleteResponse(ChatResponse response) {
            whole.complete(response);
          }

          @Override
          public void onError(Throwable error) {
            whole.completeExceptionally(error);
          }
        });
    ChatResponse response = whole.get(60, TimeUnit.SECONDS);
    assertThat(pieces.toString()).isEqualTo(response.aiMessage().text()).contains("The mill has 2 stones.");
    assertThat(response.tokenUsage().totalTokenCount()).isPositive();

    OpenAiEmbeddingModel embedding =
        OpenAiEmbeddingModel.builder().baseUrl(url).apiKey("unused").modelName("bge-small-zh-v1.5").build();
    Embedding vector = embedding.embed("水车").content();
    assertThat(vector.dimension()).isEqualTo(512);
  }

  @Test
  void aKeyThatAClientSendsToAnOpenGatewayDoesNoHarm() {
    assertThat(ApiKey.hash("unused")).hasSize(64);
    assertThat(openAi.models().retrieve("millrace").id()).isEqualTo("millrace");
  }

  private static ChatCompletionCreateParams question(boolean usage) {
    ChatCompletionCreateParams.Builder params =
        ChatCompletionCreateParams.builder()
            .model("millrace")
            .addSystemMessage("Be brief.")
            .addUserMessage(QUESTION)
            .maxCompletionTokens(128)
            .temperature(0.0);
    if (usage) {
      params.streamOptions(ChatCompletionStreamOptions.builder().includeUsage(true).build());
    }
    return params.build();
  }

  private static double cosine(List<Float> a, List<Float> b) {
    double sum = 0;
    for (int i = 0; i < a.size(); i++) {
      sum += a.get(i) * b.get(i);
    }
    return sum;
  }
}
