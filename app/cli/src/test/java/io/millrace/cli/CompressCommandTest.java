// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli;

import io.millrace.core.json.Json;
import io.millrace.core.registry.ArtifactVersion;
import io.millrace.core.registry.DirectoryArtifactRegistry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

import static org.assertj.core.api.Assertions.assertThat;

/** {@code millrace compress} as a person at a terminal sees it. */
class CompressCommandTest {
  @TempDir private Path folder;

  private record Said(int code, String text) {}

  private Said millrace(String... arguments) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream out = System.out;
    PrintStream err = System.err;
    try (PrintStream captured = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
      System.setOut(captured);
      System.setErr(captured);
      int code = Millrace.run(arguments);
      return new Said(code, bytes.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
  }

  private Said compress(String... arguments) {
    String[] all = new String[arguments.length + 4];
    all[0] = "compress";
    all[1] = file("model");
    all[2] = "--sequence-length";
    all[3] = "32";
    System.arraycopy(arguments, 0, all, 4, arguments.length);
    return millrace(all);
  }

  private String file(String name) {
    return folder.resolve(name).toString();
  }

  @BeforeEach
  void trainAModel() throws IOException {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 300; i++) {
      text.append("The wheel number ").append(i).append(" turns, and the stone grinds the wheat of the mill.\n");
    }
    Files.writeString(folder.resolve("text.txt"), text);
    Said said = millrace("train", "pretrain", "--data", file("text.txt"), "--steps", "12", "--output", file("model"),
        "--layers", "2", "--width", "64", "--heads", "4", "--key-value-heads", "2", "--context", "64", "--vocabulary", "320");
    assertThat(said.code).as(said.text).isZero();
  }

  @Test
  void aModelIsQuantisedMeasuredBesideItsParentAndKept() throws Exception {
    TinyDomain.write(folder.resolve("pack"));
    try (MillProcess process = MillProcess.start(folder.resolve("home"), "compress", file("model"), "--method", "int8-row",
        "--sequence-length", "32", "--held-out", file("text.txt"), "--measured-tokens", "2048", "--out", file("small"), "--register",
        "mill-int8", "--domain", file("pack"))) {
      assertThat(process.awaitExit(Duration.ofMinutes(5))).as(process.output()).isZero();
      assertThat(process.output()).contains("perplexity").contains("same likeliest token").contains("tokens a second")
          .contains("Registered as tiny/mill-int8@1").doesNotContain("INFO");
    }
    DirectoryArtifactRegistry registry = DirectoryArtifactRegistry.open(folder.resolve("home/tiny/registry"));
    ArtifactVersion version = registry.version("tiny/mill-int8", 1).orElseThrow();
    assertThat(version.kind()).isEqualTo("decoder");
    assertThat(version.scores()).containsKeys("perplexity", "perplexity.parent", "bytes", "bytes.parent", "tokensPerSecond",
        "tokensPerSecond.parent", "sameToken", "parentDivergence");
    assertThat(version.scores().get("bytes")).isLessThan(version.scores().get("bytes.parent") / 3);
    assertThat(version.scores().get("perplexity"))
        .isBetween(version.scores().get("perplexity.parent") * 0.9, version.scores().get("perplexity.parent") * 1.1);
    assertThat(version.settings()).containsEntry("method", "int8-row");
    assertThat(version.files()).containsKeys("config.json", "model.safetensors", "tokenizer.json");
  }

  @Test
  void aModelIsCutTaughtByItsParentAndThenRoundedWithCalibration() throws IOException {
    Said pruned = compress("--method", "prune", "--layers", "1", "--key-value-heads", "1", "--inner-units", "96",
        "--distil-seconds", "2", "--calibrate", file("text.txt"), "--out", file("half"));
    assertThat(pruned.code).as(pruned.text).isZero();
    assertThat(pruned.text).contains("parameters; blocks [").contains("taught for").contains("perplexity");
    var config = Json.tree(Files.readAllBytes(folder.resolve("half/config.json")));
    assertThat(config.path("num_hidden_layers").asInt()).isEqualTo(1);
    assertThat(config.path("intermediate_size").asInt()).isEqualTo(96);
    assertThat(config.path("num_attention_heads").asInt()).isEqualTo(2);
    Said rounded = millrace("compress", file("half"), "--method", "int4-gptq", "--act-order", "--calibrate", file("text.txt"),
        "--against", file("model"), "--sequence-length", "32", "--out", file("half-int4"));
    assertThat(rounded.code).as(rounded.text).isZero();
    assertThat(rounded.text).contains("8 matrices").contains("KL from the parent");
    Said drafted = compress("--method", "int8", "--draft", file("half"), "--held-out", file("text.txt"), "--measured-tokens", "512",
        "--out", file("drafted"));
    assertThat(drafted.code).as(drafted.text).isZero();
    assertThat(drafted.text).contains("tokens a second").doesNotContain("does not serve");
    assertThat(folder.resolve("drafted/draft/model.safetensors")).hasSameBinaryContentAs(folder.resolve("half/model.safetensors"));
  }

  @Test
  void saysWhatDoesNotGoTogether() throws IOException {
    assertThat(compress("--method", "int4-gptq", "--out", file("a")).text).contains("goes by texts").contains("--calibrate");
    assertThat(compress("--method", "int8", "--layers", "1", "--out", file("a")).text).contains("go with --method prune");
    assertThat(compress("--method", "int8", "--act-order", "--out", file("a")).text).contains("int4");
    assertThat(compress("--method", "int5", "--out", file("a")).text).contains("no method 'int5'").contains("int8-row");
    assertThat(compress("--method", "int8", "--out", file("model")).text).contains("holds a model");
    assertThat(compress("--method", "int8", "--out", file("text.txt")).text).contains("is a file");
    assertThat(compress("--method", "prune", "--layers", "9", "--calibrate", file("text.txt"), "--out", file("a")).text)
        .contains("layers 9: the decoder has 2");
    Said plain = compress("--method", "int8", "--out", file("b"));
    assertThat(plain.code).as(plain.text).isZero();
    assertThat(plain.text).contains("megabytes").contains("were not measured");
    assertThat(millrace("compress", file("b"), "--method", "int4", "--out", file("c")).text).contains("quantised");
    assertThat(millrace("compress", file("nowhere"), "--method", "int4", "--out", file("c")).code).isNotZero();
  }
}
