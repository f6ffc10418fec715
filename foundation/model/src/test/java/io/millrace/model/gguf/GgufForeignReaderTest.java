// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.gguf;

import io.millrace.core.json.Json;
import io.millrace.model.decoder.Decoder;
import io.millrace.model.decoder.DecoderFolder;
import io.millrace.model.decoder.Llama2cFile;
import io.millrace.model.tokenizer.Tokenizer;
import io.millrace.tensor.DType;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * llama.cpp reads what we write: run with {@code -Dmillrace.nodeLlamaCpp=FOLDER}, a folder in which
 * {@code npm install node-llama-cpp} was run.
 */
@EnabledIfSystemProperty(named = "millrace.nodeLlamaCpp", matches = ".+")
class GgufForeignReaderTest {
  private static final String TEXT = "A map is 1 table, isn't it?  键和值的表\n\n<|im_start|> x";
  private static final int[] START = {0, 300, 80, 281, 90, 150, 222};

  @TempDir private Path folder;

  static List<String> names() {
    return ModelFolders.names();
  }

  @ParameterizedTest
  @MethodSource("names")
  void computesOurProbabilitiesAndCutsTextAsWeDo(String name) throws Exception {
    ModelFolders.write(name, folder);
    Path file = folder.resolve("model.gguf");
    GgufExport.write(folder, file, GgufType.F32);
    JsonNode read = read(file, TEXT, 12, START);
    try (Tokenizer tokenizer = Tokenizer.load(folder)) {
      assertThat(ints(read.path("tokenized"))).containsExactly(tokenizer.encode(TEXT));
    }
    try (Decoder decoder = DecoderFolder.load(folder)) {
      compare(decoder, read, START, 1e-3);
    }
  }

  @ParameterizedTest
  @MethodSource("types")
  void readsEveryNumberFormat(GgufType type) throws Exception {
    ModelFolders.write("llama", folder);
    Path file = folder.resolve("model.gguf");
    GgufExport.write(folder, file, type);
    try (Decoder decoder = DecoderFolder.load(folder)) {
      compare(decoder, read(file, TEXT, 1, START), START, type == GgufType.F32 ? 1e-3 : 5e-2);
    }
  }

  static List<GgufType> types() {
    return List.of(GgufType.values());
  }

  @Test
  void tellsTheReferenceStoryOfAPretrainedModel() throws Exception {
    Path data = Path.of(System.getProperty("millrace.data", "absent"), "stories260K");
    Assumptions.assumeTrue(Files.isDirectory(data), "no data set at " + data);
    try (Decoder decoder = Llama2cFile.load(data.resolve("stories260K.bin"))) {
      DecoderFolder.save(decoder, folder, DType.F32);
      Files.writeString(folder.resolve(Tokenizer.FILE), tokenizerJson(data.resolve("tok512.bin")));
      Path file = folder.resolve("stories.gguf");
      GgufExport.write(folder, file, GgufType.F32);
      String expected = Json.tree(Files.readAllBytes(data.resolve("reference_outputs.json")))
          .path("cases").get(0).path("expected").asString();
      JsonNode read = read(file, "Lily's mom", 200, 1);
      assertThat(read.path("text").asString().strip().replace("<s>", "").strip()).isEqualTo(expected);
      assertThat(ints(read.path("tokenized"))).hasSizeLessThan(8);
      compare(decoder, read, new int[] {1}, 5e-3); // over 200 tokens; its keys and values are halves
    }
  }

  /** The reference's scores as merges: every way to make a token of two, the highest score first. */
  private static String tokenizerJson(Path file) throws Exception {
    ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    in.getInt();
    Map<String, Integer> ids = new LinkedHashMap<>();
    List<Float> scores = new ArrayList<>();
    while (in.hasRemaining()) {
      scores.add(in.getFloat());
      byte[] piece = new byte[in.getInt()];
      in.get(piece);
      ids.putIfAbsent(new String(piece, StandardCharsets.UTF_8).strip().isEmpty() && piece.length == 1 && piece[0] == ' '
          ? "▁" : new String(piece, StandardCharsets.UTF_8).replace(' ', '▁'), scores.size() - 1);
    }
    List<List<String>> merges = new ArrayList<>();
    ids.forEach((token, id) -> {
      for (int cut = 1; id >= 259 && cut < token.length(); cut++) {
        if (ids.containsKey(token.substring(0, cut)) && ids.containsKey(token.substring(cut))) {
          merges.add(List.of(token.substring(0, cut), token.substring(cut)));
        }
      }
    });
    merges.sort((a, b) -> Float.compare(
        scores.get(ids.getOrDefault(b.get(0) + b.get(1), 0)), scores.get(ids.getOrDefault(a.get(0) + a.get(1), 0))));
    List<Map<String, Object>> added = new ArrayList<>();
    for (String special : List.of("<unk>", "<s>", "</s>")) {
      ids.keySet().removeIf(token -> token.strip().equals(special) || token.strip().equals("▁" + special + "▁"));
      added.add(Map.of("id", added.size(), "content", special, "special", true));
    }
    added.forEach(token -> ids.put((String) token.get("content"), (Integer) token.get("id")));
    return Json.writePretty(Map.of("added_tokens", added, "normalizer", Map.of("type", "Prepend", "prepend", "▁"),
        "model", Map.of("type", "BPE", "unk_token", "<unk>", "byte_fallback", true, "vocab", ids, "merges", merges)));
  }

  private static JsonNode read(Path file, String text, int steps, int... start) throws Exception {
    Path script = Files.createTempFile("read-gguf", ".mjs");
    try (InputStream in = GgufForeignReaderTest.class.getResourceAsStream("read-gguf.mjs")) {
      Files.write(script, in.readAllBytes());
      List<String> command = new ArrayList<>(List.of("node", script.toString(),
          System.getProperty("millrace.nodeLlamaCpp"), file.toString(), text, Integer.toString(steps)));
      for (int token : start) {
        command.add(Integer.toString(token));
      }
      Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).as(out).isZero();
      return Json.tree(out.substring(out.lastIndexOf("{\"tokenized")).getBytes(StandardCharsets.UTF_8));
    } finally {
      Files.delete(script);
    }
  }

  private static void compare(Decoder decoder, JsonNode read, int[] start, double tolerance) {
    int[] tokens = ints(read.path("greedy"));
    int steps = read.path("steps").size();
    try (Scope _ = Scope.open();
        NoGrad _ = NoGrad.open()) {
      long[] wide = new long[start.length + steps - 1];
      for (int i = 0; i < wide.length; i++) {
        wide[i] = tokens[i];
      }
      Tensor input = Tensors.of(wide, 1, wide.length);
      Tensor hidden = decoder.hidden(input, decoder.mask(Tensors.of(new long[wide.length], 1, wide.length)));
      Tensor all = decoder.logits(hidden.view(wide.length, decoder.config().hiddenSize())).softmax(-1);
      for (int step = 0; step < steps; step++) {
        float[] ours = Tensors.floats(all.select(0, start.length - 1 + step));
        double most = 0;
        for (JsonNode entry : read.path("steps").get(step).path("probabilities")) {
          most = Math.max(most, Math.abs(ours[entry.get(0).asInt()] - entry.get(1).asDouble()));
        }
        assertThat(read.path("steps").get(step).path("probabilities").size()).isEqualTo(ours.length);
        assertThat(most).as("step %d", step).isLessThan(tolerance);
      }
    }
  }

  private static int[] ints(JsonNode list) {
    int[] values = new int[list.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = list.get(i).asInt();
    }
    return values;
  }
}
