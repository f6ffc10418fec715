// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.core.json.Json;
import io.millrace.model.encoder.Encoder;
import io.millrace.model.encoder.EncoderConfig;
import io.millrace.model.encoder.EncoderFolder;
import io.millrace.tensor.DType;
import io.millrace.train.data.LabelledText;
import io.millrace.train.data.RelevantPair;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** An encoder of a few thousand numbers with a tokenizer of some dozen words, and tasks that it can learn in seconds. */
final class TinyEncoder {
  static final int TOPICS = 16;

  private TinyEncoder() {}

  /** A random encoder in a folder; its words are a0 … a15, b0 … b15 and c0 … c7. */
  static EncoderBase base(Path folder) throws IOException {
    Map<String, Integer> vocabulary = new LinkedHashMap<>();
    for (String token : List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]")) {
      vocabulary.put(token, vocabulary.size());
    }
    for (String family : List.of("a", "b", "c")) {
      for (int i = 0; i < (family.equals("c") ? 8 : TOPICS); i++) {
        vocabulary.put(family + i, vocabulary.size());
      }
    }
    EncoderConfig config = new EncoderConfig(vocabulary.size(), 32, 64, 2, 2, 32, 2, 1e-12, 0);
    try (Encoder encoder = Encoder.random(config, 3)) {
      EncoderFolder.save(encoder, folder, DType.F32);
    }
    Files.writeString(folder.resolve("tokenizer.json"), Json.write(Map.of(
        "version", "1.0",
        "added_tokens", List.of(),
        "pre_tokenizer", Map.of("type", "Whitespace"),
        "post_processor", Map.of("type", "BertProcessing", "sep", List.of("[SEP]", 3), "cls", List.of("[CLS]", 2)),
        "model", Map.of("type", "WordLevel", "vocab", vocabulary, "unk_token", "[UNK]"))));
    return new EncoderBase.Folder(folder);
  }

  private static String filler(Random random) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(2); i >= 0; i--) {
      text.append(" c").append(random.nextInt(8));
    }
    return text.toString();
  }

  /** "a7 c1 c3" belongs to "b7", and another b looks alike. */
  static List<RelevantPair> pairs(int count, long seed) {
    Random random = new Random(seed);
    List<RelevantPair> pairs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int topic = random.nextInt(TOPICS);
      pairs.add(new RelevantPair("a" + topic + filler(random), "b" + topic,
          List.of("b" + (topic + 1 + random.nextInt(TOPICS - 1)) % TOPICS)));
    }
    return pairs;
  }

  /** A text is "high" when its topic is. */
  static List<LabelledText> labelled(int count, long seed) {
    Random random = new Random(seed);
    List<LabelledText> texts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int topic = random.nextInt(TOPICS);
      String label = topic >= 11 ? "high" : topic >= 6 ? "middle" : "low";
      texts.add(new LabelledText("a" + topic + filler(random), i % 3 == 0 ? "c1" : null, label));
    }
    return texts;
  }
}
