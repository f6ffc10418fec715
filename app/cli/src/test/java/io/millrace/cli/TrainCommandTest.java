// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli;

import io.millrace.model.encoder.PackedCrossEncoder;
import io.millrace.model.encoder.PairLayout;
import io.millrace.model.tokenizer.Tokenizer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/** {@code millrace train} as a person at a terminal sees it. */
class TrainCommandTest {
  private static final String[] SHAPE = {
    "--layers", "1", "--width", "32", "--heads", "2", "--context", "128", "--vocabulary", "320"
  };

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

  private Said done(String... arguments) {
    Said said = millrace(arguments);
    assertThat(said.code).as(said.text).isZero();
    return said;
  }

  private String file(String name) {
    return folder.resolve(name).toString();
  }

  @BeforeEach
  void writeData() throws IOException {
    StringBuilder text = new StringBuilder();
    List<String> dialogues = new ArrayList<>();
    List<String> pairs = new ArrayList<>();
    List<String> thumbs = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      text.append("The wheel number ").append(i).append(" turns, and the stone grinds the wheat of the mill.\n");
      String question = "\"How many wheels does mill %d have?\"".formatted(i);
      dialogues.add("{\"prompt\": %s, \"completion\": \"%d wheels\"}".formatted(question, i % 7));
      pairs.add("{\"prompt\": %s, \"chosen\": \"%d wheels\", \"rejected\": \"none\"}".formatted(question, i % 7));
      thumbs.add("{\"prompt\": %s, \"completion\": \"%d wheels\", \"label\": %b}".formatted(question, i % 7, i % 2 == 0));
    }
    Files.writeString(folder.resolve("text.txt"), text);
    Files.write(folder.resolve("dialogues.jsonl"), dialogues);
    Files.write(folder.resolve("pairs.jsonl"), pairs);
    Files.write(folder.resolve("thumbs.jsonl"), thumbs);
  }

  private String base() {
    done(Stream.concat(
        Stream.of("train", "pretrain", "--data", file("text.txt"), "--steps", "6", "--output", file("base")),
        Arrays.stream(SHAPE)).toArray(String[]::new));
    return file("base");
  }

  @Test
  void aModelGoesThroughAllStagesFromTextToPreferences() throws IOException {
    String base = base();
    try (Tokenizer tokenizer = Tokenizer.load(folder.resolve("base"))) {
      assertThat(tokenizer.size()).isLessThanOrEqualTo(320);
    }
    Said tuned = done("train", "sft", "--base", base, "--data", file("dialogues.jsonl"), "--held-out-percent", "20",
        "--steps", "5", "--optimiser", "muon", "--output", file("answers"));
    assertThat(tuned.text).contains("answerLoss").contains("nats per answer token").contains("5 steps");
    assertThat(folder.resolve("answers/tokenizer.json")).exists();
    assertThat(folder.resolve("answers.run/metrics.jsonl")).exists();
    Said preferred = done("train", "dpo", "--base", file("answers"), "--lora", "4", "--data", file("pairs.jsonl"),
        "--held-out-percent", "20", "--steps", "3", "--learning-rate", "1e-3", "--output", file("preferred"));
    assertThat(preferred.text).contains("pairAccuracy").contains("chosenChange");
    assertThat(folder.resolve("preferred/adapter")).isDirectory();
    done("train", "reward", "--base", file("answers"), "--data", file("pairs.jsonl"), "--steps", "3", "--output", file("reward"));
    done("train", "kto", "--base", file("answers"), "--data", file("thumbs.jsonl"), "--steps", "3", "--output", file("liked"));
    Said tried = done("train", "grpo", "--base", file("answers"), "--data", file("dialogues.jsonl"), "--held-out-percent", "20",
        "--reward", "length=1-40", "--prompts", "2", "--group", "4", "--batch-size", "8", "--max-tokens", "8", "--steps", "2",
        "--output", file("tried"));
    assertThat(tried.text).contains("reward").contains("sampled answers");
    done("train", "ppo", "--base", file("answers"), "--data", file("dialogues.jsonl"), "--reward", "model=" + file("reward"),
        "--answers", "8", "--epochs", "1", "--batch-size", "8", "--max-tokens", "8", "--steps", "1", "--output", file("tried-2"));
    Said taught = done("train", "distil", "--teacher", file("answers"), "--base", base, "--data", file("dialogues.jsonl"),
        "--held-out-percent", "20", "--steps", "3", "--output", file("taught"));
    assertThat(taught.text).contains("divergence");
    Said further = done("train", "pretrain", "--base", file("preferred"), "--data", file("text.txt"), "--steps", "2",
        "--learning-rate", "1e-4", "--output", file("further"));
    assertThat(further.text).contains("bitsPerByte");
    Said exported = done("export", file("answers"), "--type", "bf16", "--output", file("answers.gguf"));
    assertThat(exported.text).contains("answers.gguf").contains("bf16");
    assertThat(Files.readAllBytes(folder.resolve("answers.gguf"))).startsWith("GGUF".getBytes(StandardCharsets.US_ASCII));
    assertThat(millrace("export", file("answers"), "--output", file("answers.gguf")).text).contains("exists: choose another name");
  }

  @Test
  void aSmallCrossEncoderLearnsFromALargerOne() throws IOException {
    List<String> related = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      related.add("{\"query\": \"How wide is sluice %d?\", \"positive\": \"Sluice %d is wide.\", \"negative\": \"Wheel %d turns.\"}".formatted(i, i, i));
    }
    Files.write(folder.resolve("related.jsonl"), related);
    String[] usual = {"--small", "--max-length", "24", "--batch-size", "4", "--held-out-percent", "20", "--steps", "2",
        "--data", file("related.jsonl")};
    train(usual, "--output", file("large"));
    Said taught = train(usual, "--teacher", file("large"), "--output", file("taught"));
    assertThat(taught.text).contains("ndcgAt10");
    assertThat(PackedCrossEncoder.read(folder.resolve("taught")).settings().layout()).isEqualTo(PairLayout.MARKED);
    train(usual, "--output", file("alone"));
    assertThat(Files.mismatch(folder.resolve("taught/model.safetensors"), folder.resolve("alone/model.safetensors"))).as("taught").isNotNegative();
    assertThat(Files.mismatch(folder.resolve("large/model.safetensors"), folder.resolve("alone/model.safetensors"))).as("alone").isNegative();
    assertThat(millrace("train", "cross-encoder", "--small", "--base", file("large"), "--data", file("related.jsonl"), "--output", file("x")).text)
        .contains("is none of the encoders that come along, as --small needs");
    assertThat(millrace("train", "cross-encoder", "--small", "--teacher", file("large"), "--loss", "pointwise", "--data", file("related.jsonl"),
        "--output", file("y")).text).contains("POINTWISE takes no teacher");
  }

  private Said train(String[] usual, String... more) {
    return done(Stream.of(Stream.of("train", "cross-encoder"), Arrays.stream(usual), Arrays.stream(more)).flatMap(each -> each).toArray(String[]::new));
  }

  @Test
  void settingsComeFromAFileAndTheCommandLineWins() throws IOException {
    Said template = done("train", "config", "pretrain");
    assertThat(template.text).contains("#learning-rate: 0.0025").contains("data: [FILE]");
    String filled = template.text.lines()
        .map(line -> switch (line.replaceAll(":.*", "")) {
          case "data" -> "data: [" + file("text.txt") + "]";
          case "output" -> "output: " + file("unused");
          case "#steps" -> "steps: 3";
          case "#layers" -> "layers: 1";
          case "#width" -> "width: 32";
          case "#heads" -> "heads: 2";
          case "#context" -> "context: 128";
          case "#vocabulary" -> "vocabulary: 320";
          default -> line;
        }).collect(Collectors.joining("\n"));
    Path config = Files.writeString(folder.resolve("train.yaml"), filled);
    Said said = done("train", "pretrain", "--config", config.toString(), "--output", file("base"));
    assertThat(said.text).contains("3 steps");
    assertThat(folder.resolve("base/model.safetensors")).exists();
    assertThat(folder.resolve("unused")).doesNotExist();

    Files.writeString(config, "learning-rat: 1e-3\n");
    Said refused = millrace("train", "pretrain", "--config", config.toString(), "--data", file("text.txt"), "--output", file("b"));
    assertThat(refused.code).isEqualTo(2);
    assertThat(refused.text).contains("'learning-rat'").contains("did you mean 'learning-rate'?");
    Files.writeString(config, "checkpointing: sometimes\n");
    assertThat(millrace("train", "sft", "--config", config.toString()).text).contains("must be true or false");
  }

  @Test
  void everyStageExplainsItselfWithAnExample() {
    Said all = done("train", "--help");
    for (String stage : List.of("tokenizer", "pretrain", "sft", "reward", "dpo", "kto", "ppo", "grpo", "distil", "embedder", "cross-encoder",
        "classifier", "reader", "guard", "domain")) {
      assertThat(all.text).contains(stage);
      assertThat(done("train", stage, "--help").text).contains("millrace train " + stage + " ");
    }
  }

  @Test
  void mistakesAreRefusedBeforeWorkBegins() throws IOException {
    String base = base();
    Said full = millrace("train", "sft", "--base", base, "--data", file("dialogues.jsonl"), "--output", base);
    assertThat(full.code).isEqualTo(1);
    assertThat(full.text).contains("is not empty: choose another folder");
    assertThat(millrace("train", "grpo", "--base", base, "--data", file("dialogues.jsonl"), "--reward", "length=1-40",
        "--processes", "2", "--output", file("x")).text).contains("grpo trains in one process, not in 2");
    assertThat(millrace("train", "sft", "--base", base, "--data", file("dialogues.jsonl"), "--batch-size", "4",
        "--processes", "3", "--output", file("x")).text).contains("--batch-size 4: 3 processes divide it into 3 parts");
    assertThat(millrace("train", "pretrain", "--data", file("text.txt"), "--processes", "3", "--tensor-parallel", "2",
        "--output", file("x")).text).contains("--processes 3 with --expert-parallel 1 and --tensor-parallel 2").contains("take 2");
    assertThat(millrace("train", "pretrain", "--data", file("text.txt"), "--processes", "2", "--tensor-parallel", "2",
        "--sharding", "gradients", "--output", file("x")).text).contains("--sharding gradients goes with copies");
    assertThat(millrace("train", "pretrain", "--data", file("text.txt"), "--tensor-parallel", "2", "--output", file("x")).text)
        .contains("take 2, or a multiple of that");
    assertThat(millrace("train", "pretrain", "--data", file("text.txt"), "--processes", "8", "--tensor-parallel", "2",
        "--batch-size", "6", "--output", file("x")).text).contains("--batch-size 6 cannot be divided among the 4 readers");
    assertThat(millrace("train", "sft", "--base", file("nowhere"), "--data", file("dialogues.jsonl"), "--output", file("x")).text)
        .contains("nowhere/config.json").contains("millrace train pretrain");
    assertThat(millrace("train", "sft", "--base", base, "--data", file("dialogues.jsonl"), "--learning-rate", "7",
        "--output", file("x")).text).contains("learningRate 7.0");
    assertThat(millrace("train", "sft", "--base", base, "--data", file("dialogues.jsonl"), "--resume", "--output", file("x")).text)
        .contains("there is no checkpoint");
    assertThat(millrace("train", "sft", "--base", base, "--data", file("dialogues.jsonl"), "--sequence-length", "4000",
        "--output", file("x")).text).contains("the model has 128 positions");
    assertThat(millrace("train", "sft", "--base", base, "--lora", "4", "--qlora", "4", "--data", file("dialogues.jsonl"),
        "--output", file("x")).text).contains("one of the two");
    Files.writeString(folder.resolve("broken.jsonl"), "{\"prompt\": \"a\", \"completion\": \"b\"}\n{oops\n");
    assertThat(millrace("train", "sft", "--base", base, "--data", file("broken.jsonl"), "--output", file("x")).text)
        .contains("broken.jsonl, line 2: not valid JSON");
    Files.writeString(folder.resolve("related.jsonl"), "{\"query\": \"a\", \"positive\": \"b\"}\n{\"query\": \"c\", \"positive\": \"d\"}\n");
    assertThat(millrace("train", "embedder", "--base", "fr", "--data", file("related.jsonl"), "--output", file("x")).text)
        .contains("--base fr is no folder");
    done("train", "tokenizer", "--data", file("text.txt"), "--vocabulary", "400", "--output", file("other"));
    Files.copy(folder.resolve("other/tokenizer.json"), folder.resolve("base/tokenizer.json"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    assertThat(millrace("train", "sft", "--base", base, "--data", file("dialogues.jsonl"), "--output", file("x")).text)
        .contains("do not belong together");
    assertThat(folder.resolve("x")).doesNotExist();
  }

  @Test
  void anUnfinishedRunIsNeverThrownAwayUnasked() throws IOException {
    String base = base();
    Path run = Files.createDirectories(folder.resolve("x.run"));
    Files.writeString(run.resolve("resume.safetensors"), "torn");
    Said refused = millrace("train", "sft", "--base", base, "--data", file("dialogues.jsonl"), "--output", file("x"));
    assertThat(refused.text).contains("holds an unfinished run").contains("--resume").contains("--fresh");
    Said torn = millrace("train", "sft", "--base", base, "--data", file("dialogues.jsonl"), "--steps", "2", "--resume", "--output", file("x"));
    assertThat(torn.text).contains("torn").contains("Delete");
    done("train", "sft", "--base", base, "--data", file("dialogues.jsonl"), "--steps", "2", "--fresh", "--output", file("x"));
  }
}
