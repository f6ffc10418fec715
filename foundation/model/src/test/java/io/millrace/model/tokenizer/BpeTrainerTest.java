// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.tokenizer;

import io.millrace.core.json.Json;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class BpeTrainerTest {
  private static final Pattern GPT2 = Pattern.compile(
      "'(?:[sdmt]|ll|ve|re)| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
      Pattern.UNICODE_CHARACTER_CLASS);

  @Test
  void learnsTheReferenceMergesAndVocabulary() throws IOException {
    Path data = reference();
    BpeVocabulary bpe = new BpeTrainer(500, List.of("<|endoftext|>"), 2)
        .train(List.of(Files.readString(data.resolve("corpus.en"))).iterator());
    assertThat(bpe.merges()).map(Object::toString)
        .containsExactlyElementsOf(Files.readAllLines(data.resolve("train-bpe-reference-merges.txt")));
    JsonNode vocabulary = Json.tree(Files.readAllBytes(data.resolve("train-bpe-reference-vocab.json")));
    assertThat(bpe.size()).isEqualTo(vocabulary.size());
    List<String> printable = bpe.printable();
    vocabulary.properties().forEach(e -> assertThat(printable.get(e.getValue().asInt())).isEqualTo(e.getKey()));
  }

  static Path reference() {
    Path data = Path.of(System.getProperty("millrace.data", "absent")).resolve("bpe_reference");
    Assumptions.assumeTrue(Files.isDirectory(data), "no reference data at " + data);
    return data;
  }

  @Test
  void cutsTextAsTheRegularExpressionDoes() {
    Random random = new Random(3);
    String[] parts = {" ", "  ", "\n", "\t", "a", "Zé", "'s", "'ll", "'", "'x", "9", "²", "Ⅷ", "你好", "。", "!?",
        "\u3000", "\u00a0", "\u0085", "😀", "𠀀", "e\u0301", "\u001c", "_", "\u200b", "'re"};
    for (int round = 0; round < 20_000; round++) {
      StringBuilder text = new StringBuilder();
      for (int n = random.nextInt(12); n >= 0; n--) {
        text.append(parts[random.nextInt(parts.length)]);
      }
      assertThat(pieces(text.toString())).as("%s", text).isEqualTo(piecesByRegex(text.toString()));
    }
  }

  private static List<String> pieces(String text) {
    List<String> out = new ArrayList<>();
    for (int i = 0; i < text.length(); ) {
      int end = PreTokenizer.end(text, i);
      out.add(text.substring(i, end));
      i = end;
    }
    return out;
  }

  private static List<String> piecesByRegex(String text) {
    return GPT2.matcher(text).results().map(java.util.regex.MatchResult::group).toList();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void agreesWithTheTextbookAlgorithm(long seed) {
    Random random = new Random(seed);
    StringBuilder text = new StringBuilder();
    String[] parts = {"a", "b", "-", "--", "aa", " ", "中", "国", "文"};
    for (int i = 0; i < 3000; i++) {
      text.append(parts[random.nextInt(parts.length)]);
    }
    BpeVocabulary bpe = new BpeTrainer(256 + 150, List.of(), 2).train(List.of(text.toString()).iterator());
    assertThat(bpe.merges()).map(Object::toString).isEqualTo(textbook(text.toString(), bpe.merges().size()));
  }

  /** Recounts everything before each merge. */
  private static List<String> textbook(String text, int merges) {
    Map<List<String>, Integer> words = new HashMap<>();
    for (String piece : piecesByRegex(text)) {
      List<String> word = new ArrayList<>();
      for (byte b : piece.getBytes(StandardCharsets.UTF_8)) {
        word.add(new String(new byte[] {b}, StandardCharsets.ISO_8859_1));
      }
      words.merge(word, 1, Integer::sum);
    }
    List<String> out = new ArrayList<>();
    while (out.size() < merges) {
      Map<List<String>, Integer> pairs = new HashMap<>();
      words.forEach((word, n) -> {
        for (int i = 0; i + 1 < word.size(); i++) {
          pairs.merge(List.of(word.get(i), word.get(i + 1)), n, Integer::sum);
        }
      });
      List<String> best = pairs.entrySet().stream().max((x, y) -> {
        int c = Integer.compare(x.getValue(), y.getValue());
        c = c != 0 ? c : x.getKey().get(0).compareTo(y.getKey().get(0)); // Latin-1 chars compare as bytes do
        return c != 0 ? c : x.getKey().get(1).compareTo(y.getKey().get(1));
      }).orElseThrow().getKey();
      Map<List<String>, Integer> next = new HashMap<>();
      words.forEach((word, n) -> {
        List<String> joined = new ArrayList<>();
        for (int i = 0; i < word.size(); i++) {
          if (i + 1 < word.size() && word.get(i).equals(best.get(0)) && word.get(i + 1).equals(best.get(1))) {
            joined.add(best.get(0) + best.get(1));
            i++;
          } else {
            joined.add(word.get(i));
          }
        }
        next.merge(joined, n, Integer::sum);
      });
      words = next;
      String line = print(best.get(0)) + " " + print(best.get(1));
      if (!out.contains(line)) {
        out.add(line);
      }
    }
    return out;
  }

  private static String print(String latin1) {
    return ByteAlphabet.write(latin1.getBytes(StandardCharsets.ISO_8859_1));
  }

  @Test
  void givesDistinctTokensWhenRunsCanBeSpelledInSeveralWays() {
    List<String> runs = new ArrayList<>();
    for (int n = 1; n < 80; n++) {
      runs.add("-".repeat(n) + " " + "=".repeat(n * 7 % 90));
    }
    BpeVocabulary bpe = new BpeTrainer(256 + 60, List.of(), 1).train(runs.iterator());
    assertThat(bpe.printable()).doesNotHaveDuplicates();
    assertThat(bpe.merges()).map(Object::toString).doesNotHaveDuplicates();
  }

  @Test
  void dependsNeitherOnThreadsNorOnTheOrderOfTexts() {
    List<String> texts = new ArrayList<>();
    Random random = new Random(5);
    for (int i = 0; i < 300; i++) {
      texts.add("文件 number " + random.nextInt(50) + " 号, it's <|endoftext|> the " + random.nextInt(9));
    }
    BpeVocabulary one = new BpeTrainer(400, List.of("<|endoftext|>"), 1).train(texts.iterator());
    Collections.shuffle(texts, random);
    BpeVocabulary other = new BpeTrainer(400, List.of("<|endoftext|>"), 2).train(texts.iterator());
    assertThat(other.printable()).isEqualTo(one.printable());
    assertThat(one.tokens()).noneMatch(t -> new String(t, StandardCharsets.UTF_8).contains("endo"));
  }

  @Test
  void stopsWhenThereIsNothingLeftToMerge() {
    assertThat(new BpeTrainer(1000, List.of(), 1).train(List.of("ab ab").iterator()).size()).isEqualTo(258);
    assertThat(new BpeTrainer(1000, List.of(), 1).train(List.<String>of().iterator()).size()).isEqualTo(256);
    assertThatThrownBy(() -> new BpeTrainer(200, List.of(), 1)).hasMessageContaining("vocabulary size 200");
  }
}
