// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.gguf;

import io.millrace.core.json.Json;
import io.millrace.model.decoder.DecoderConfig;
import io.millrace.model.tokenizer.BpeVocabulary;
import io.millrace.model.tokenizer.Tokenizer;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class GgufVocabularyTest {
  private static final String SMALL_LLAMA = """
      {"added_tokens":[{"id":0,"content":"<unk>","special":true},{"id":1,"content":"<s>","special":true},
        {"id":2,"content":"</s>","special":true},{"id":7,"content":"<tool>","special":false}],
       "normalizer":{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},
         {"type":"Replace","pattern":{"String":" "},"content":"▁"}]},
       "post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},
         {"Sequence":{"id":"A","type_id":0}}]},
       "model":{"type":"BPE","unk_token":"<unk>","byte_fallback":true,
         "vocab":{"<unk>":0,"<s>":1,"</s>":2,"<0x0A>":3,"▁":4,"a":5,"▁a":6},"merges":[["▁","a"]]}}""";

  @TempDir private Path folder;

  @Test
  void aByteLevelVocabularyHasItsTokensTypesAndMerges() throws Exception {
    BpeVocabulary vocabulary = ModelFolders.vocabulary();
    vocabulary.writeTokenizerJson(folder.resolve(Tokenizer.FILE));
    TokenizerFiles files = TokenizerFiles.read(folder);
    DecoderConfig config = ModelFolders.all().get("llama");
    Map<String, GgufValue> keys = GgufVocabulary.of(files.tokenizer(), config, files.beginsTexts(config));

    assertThat(keys).containsEntry("tokenizer.ggml.model", GgufValue.text("gpt2"))
        .containsEntry("tokenizer.ggml.pre", GgufValue.text("gpt-2"))
        .containsEntry("tokenizer.ggml.eos_token_id", GgufValue.count(0))
        .containsEntry("tokenizer.ggml.add_bos_token", GgufValue.flag(false))
        .containsEntry("tokenizer.ggml.merges",
            GgufValue.texts(vocabulary.merges().stream().map(BpeVocabulary.Merge::toString).toList()));
    List<String> tokens = texts(keys.get("tokenizer.ggml.tokens"));
    assertThat(tokens.subList(0, vocabulary.size())).isEqualTo(vocabulary.printable());
    assertThat(tokens.subList(vocabulary.size(), tokens.size())).hasSize(10).startsWith("[PAD320]");
    int special = vocabulary.specialTokens().size();
    int[] types = new int[ModelFolders.VOCABULARY];
    for (int id = 0; id < types.length; id++) {
      types[id] = id < special ? 3 : id < vocabulary.size() ? 1 : 5;
    }
    assertThat(keys).containsEntry("tokenizer.ggml.token_type", GgufValue.wholes(types));
    assertThat(files.chatTemplate()).hasValueSatisfying(
        template -> assertThat(template).contains("'<|im_start|>' + message['role'] + '\\n'"));
  }

  private static List<String> texts(GgufValue value) {
    return ((GgufValue.Sequence) value).values().stream().map(text -> ((GgufValue.Text) text).value()).toList();
  }

  @Test
  void aVocabularyOfCharactersHasScoresInTheOrderOfMerges() {
    JsonNode json = Json.tree(SMALL_LLAMA.getBytes(StandardCharsets.UTF_8));
    DecoderConfig config = new DecoderConfig(8, 4, 4, 1, 1, 1, 4, 16, 10_000, 1e-5, true, 1, 2, -1);
    TokenizerFiles files = new TokenizerFiles(json, json.path("absent"), java.util.Optional.empty());
    Map<String, GgufValue> keys = GgufVocabulary.of(json, config, files.beginsTexts(config));
    assertThat(keys).containsEntry("tokenizer.ggml.model", GgufValue.text("llama"))
        .containsEntry("tokenizer.ggml.token_type", GgufValue.wholes(2, 3, 3, 6, 1, 1, 1, 4))
        .containsEntry("tokenizer.ggml.scores", GgufValue.reals(0, 0, 0, 0, -2, -2, 0, 0))
        .containsEntry("tokenizer.ggml.add_space_prefix", GgufValue.flag(true))
        .containsEntry("tokenizer.ggml.add_bos_token", GgufValue.flag(true))
        .containsEntry("tokenizer.ggml.bos_token_id", GgufValue.count(1))
        .containsEntry("tokenizer.ggml.unknown_token_id", GgufValue.count(0))
        .doesNotContainKey("tokenizer.ggml.merges");
    assertThat(files.chatTemplate()).isEmpty();
  }

  @Test
  void aRealTokenizerIsKnownByTheWayItCutsDigits() throws Exception {
    Path data = Path.of(System.getProperty("millrace.data", "absent"), "tokenizer_smollm2");
    Assumptions.assumeTrue(Files.isDirectory(data), "no data set at " + data);
    DecoderConfig config = DecoderConfig.ofHuggingFace(Json.tree(Files.readAllBytes(data.resolve("config.json"))));
    Map<String, GgufValue> keys = GgufVocabulary.of(TokenizerFiles.read(data).tokenizer(), config, false);
    assertThat(keys).containsEntry("tokenizer.ggml.pre", GgufValue.text("smollm"))
        .containsEntry("tokenizer.ggml.padding_token_id", GgufValue.count(2));
    assertThat(texts(keys.get("tokenizer.ggml.tokens"))).hasSize(49_152).contains("<|im_start|>", "Ġthe");
  }

  @Test
  void refusesWhatWouldBeReadOtherwise() throws Exception {
    ModelFolders.vocabulary().writeTokenizerJson(folder.resolve(Tokenizer.FILE));
    String json = Files.readString(folder.resolve(Tokenizer.FILE));
    DecoderConfig config = ModelFolders.all().get("llama");
    refused(json.replace("\"use_regex\" : true", "\"use_regex\" : false"), config, "pre_tokenizer");
    refused(json.replace("\"normalizer\" : null", "\"normalizer\" : {\"type\":\"Lowercase\"}"), config, "normalizer");
    refused(json.replace("\"BPE\"", "\"Unigram\""), config, "Unigram");
    refused(json, new DecoderConfig(319, 4, 4, 1, 1, 1, 4, 16, 10_000, 1e-5, true, 1, 2, -1), "vocab_size is 319");
    refused(json, new DecoderConfig(330, 4, 4, 1, 1, 1, 4, 16, 10_000, 1e-5, true, 1, -1, -1), "eos_token_id");
    refused(json, new DecoderConfig(330, 4, 4, 1, 1, 1, 4, 16, 10_000, 1e-5, true, 1, 330, -1), "eos_token_id 330");
  }

  private static void refused(String json, DecoderConfig config, String named) {
    assertThatThrownBy(() -> GgufVocabulary.of(Json.tree(json.getBytes(StandardCharsets.UTF_8)), config, false))
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining(named);
  }
}
