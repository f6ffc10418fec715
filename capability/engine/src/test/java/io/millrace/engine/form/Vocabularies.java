// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import io.millrace.model.tokenizer.BpeTrainer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** Vocabularies to write with. Token 0 ends texts, token 1 is special and writes nothing. */
final class Vocabularies {
  static final int END = 0;
  static final int SILENT = 1;

  private static final String[] ACROSS = {
      "\":\"", "\",\"", "\"},{\"", "\"}", "\"]", "\"]}", "}}", "]]", "]}", "}]", "},", "],", "{}", "[]", "{\"", "[\"",
          "[{\"", "\": ", ", \"",
      "\",", "\":", ":[", ":{", "\\u", "\\ud8", "\\\"", "\\\\", "tru", "true", "null", "nul", "false", ",true", "1.",
      "-1", "00", "e+",
      "0,", "1}", "2]", "3\"", "\"\"", "\"a", "\"b\":", "name\":", " \"", "  ", "\n", "\n\n", "日本", "é",
      "\ud83d\ude00", "Wörter", "a\"", "z",
      "the ", " and", "ing", "www.", "@", ".com", "2024-", "-01", "T12:", ":00", "Z\"", "</", "<tool_call>",
      "\n{\"name\": \"", "</tool_call>"};

  private Vocabularies() {}

  /** All bytes, each by itself. */
  static Vocabulary bytes() {
    return of(singles());
  }

  /** Bytes, and tokens that begin in one part of a JSON text and end in another, or within a character. */
  static Vocabulary acrossStructure() {
    List<byte[]> tokens = singles();
    for (String token : ACROSS) {
      tokens.add(token.getBytes(StandardCharsets.UTF_8));
    }
    tokens.add(new byte[] {(byte) 0xe6, (byte) 0x97});
    tokens.add(new byte[] {(byte) 0xa5, '"'});
    tokens.add(new byte[] {'"', (byte) 0xf0, (byte) 0x9f});
    tokens.add(new byte[] {(byte) 0x98, (byte) 0x80, '"', '}'});
    tokens.add(new byte[] {(byte) 0xc3, (byte) 0xa9, (byte) 0xc3});
    return of(tokens);
  }

  /** Byte-level BPE, learnt from texts that are made at random. */
  static Vocabulary trained(int size, long seed) {
    Random random = new Random(seed);
    List<String> texts = new ArrayList<>();
    String[] words = {"name", "age", "items", "größe", "naïve", "中文", "value", "true", "false", "null", "list", "id",
        "type", "a", "of"};
    for (int i = 0; i < 400; i++) {
      StringBuilder text = new StringBuilder();
      for (int n = random.nextInt(12); n >= 0; n--) {
        String word = words[random.nextInt(words.length)];
        text.append(switch (random.nextInt(5)) {
          case 0 -> "{\"" + word + "\":\"" + words[random.nextInt(words.length)] + "\"},";
          case 1 -> "[" + random.nextInt(2000) + ", " + random.nextInt(99) + "." + random.nextInt(99) + "]}";
          case 2 -> "\"" + word + "\": " + random.nextInt(5000) + ",\n";
          default -> word + " ";
        });
      }
      texts.add(text.toString());
    }
    List<byte[]> tokens = new ArrayList<>(List.of(new byte[0], new byte[0]));
    tokens.addAll(new BpeTrainer(size, List.of(), 1).train(texts.iterator()).tokens());
    return of(tokens);
  }

  private static List<byte[]> singles() {
    List<byte[]> tokens = new ArrayList<>(List.of(new byte[0], new byte[0]));
    for (int b = 0; b < 256; b++) {
      tokens.add(new byte[] {(byte) b});
    }
    return tokens;
  }

  static Vocabulary of(List<byte[]> tokens) {
    return Vocabulary.of(tokens, Set.of(END));
  }
}
