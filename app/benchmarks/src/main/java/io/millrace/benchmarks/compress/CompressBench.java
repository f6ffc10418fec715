// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.compress;

import io.millrace.benchmarks.Bench;
import io.millrace.benchmarks.BenchRun;
import io.millrace.benchmarks.PublicData;
import io.millrace.benchmarks.Row;
import io.millrace.compress.Agreement;
import io.millrace.compress.CompressionProgress;
import io.millrace.compress.PruningPlan;
import io.millrace.compress.Quantisation;
import io.millrace.compress.Recipe;
import io.millrace.compress.Rounding;
import io.millrace.compress.TokenWindows;
import io.millrace.core.json.Json;
import io.millrace.model.decoder.DecoderConfig;
import io.millrace.model.safetensors.WeightFormat;
import io.millrace.model.tokenizer.Tokenizer;
import io.millrace.offline.compress.DecodingSpeed;
import io.millrace.offline.compress.PrunedStudent;
import io.millrace.offline.compress.SideBySide;
import io.millrace.train.Budget;
import io.millrace.train.RunControl;
import io.millrace.train.data.PlainTexts;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Perplexity on wikitext-2, agreement, size and speed of each way to compress a decoder, beside the decoder in BF16. */
public final class CompressBench implements Bench {
  private static final String PARENT = "the decoder in bf16";
  private static final int LENGTH = 256;
  private static final int CALIBRATION_WINDOWS = 128;
  private static final int PROMPTS = 6;

  @Override
  public String name() {
    return "compress";
  }

  @Override
  public String purpose() {
    return "perplexity on wikitext-2, size, agreement and speed of int8, int4, GPTQ and pruning, against bf16";
  }

  @Override
  public void measure(BenchRun run) throws Exception {
    Path data = PublicData.folder();
    if (!Files.isRegularFile(data.resolve("wikitext-2/test.txt"))) {
      throw new IllegalArgumentException("no wikitext-2/test.txt in " + data + ": point MILLRACE_DATA at the public data");
    }
    Path folder = Files.createTempDirectory("millrace-compress");
    try {
      measure(data, folder, run);
    } finally {
      delete(folder);
    }
  }

  private static void measure(Path data, Path folder, BenchRun run) throws IOException {
    Path parent = BenchDecoder.make(data, folder, run);
    DecoderConfig config = DecoderConfig.ofHuggingFace(Json.tree(Files.readAllBytes(parent.resolve("config.json"))));
    TokenWindows learning;
    TokenWindows unseen;
    List<String> prompts;
    try (Tokenizer tokenizer = Tokenizer.load(parent)) {
      learning = windows(data.resolve("wikitext-2/valid.txt"), tokenizer, config);
      unseen = windows(data.resolve("wikitext-2/test.txt"), tokenizer, config).first(run.quick() ? 32 : 256);
      TokenWindows measured = unseen;
      prompts = IntStream.range(0, PROMPTS).mapToObj(i -> tokenizer.decode(Arrays.copyOfRange(measured.tokens(),
          i * 5 * LENGTH, i * 5 * LENGTH + 32))).toList();
    }
    TokenWindows calibration = learning.spread(run.quick() ? CALIBRATION_WINDOWS / 4 : CALIBRATION_WINDOWS);
    String size = Math.round(config.parameters() / 1e6) + "M";
    boolean known = false;
    for (Map.Entry<String, Recipe> each : recipes().entrySet()) {
      run.say(each.getKey());
      Path out = folder.resolve(each.getKey());
      Quantisation.run(parent, out, each.getValue(),
          each.getValue().rounding() instanceof Rounding.Gptq ? calibration : null, CompressionProgress.SILENT);
      SideBySide measured = SideBySide.of(parent, out, unseen, prompts, CompressionProgress.SILENT);
      if (!known) {
        known = true;
        Agreement agreement = measured.agreement();
        run.add(Row.alone("bf16-" + size, "perplexity", agreement == null ? Double.NaN : agreement.parentPerplexity(), "per token"));
      }
      report(each.getKey() + "-" + size, measured, run);
    }
    prune("pruned", Duration.ZERO, parent, config, calibration, learning, unseen, size, folder, run);
    prune("pruned-distilled", run.quick() ? Duration.ofSeconds(30) : Duration.ofMinutes(4), parent, config, calibration,
        learning, unseen, size, folder, run);
  }

  private static Map<String, Recipe> recipes() {
    Map<String, Recipe> recipes = new LinkedHashMap<>();
    recipes.put("int8", Recipe.INT8);
    recipes.put("int8-row", Recipe.INT8_ROW);
    recipes.put("int4", Recipe.INT4);
    recipes.put("int4-gptq", Recipe.INT4_GPTQ);
    recipes.put("int4-gptq-act-order", Recipe.INT4.with(new Rounding.Gptq(0.01, 128, true)));
    recipes.put("int4-all", Recipe.INT4.withEmbeddings(WeightFormat.INT4));
    recipes.put("int4-gptq-all", Recipe.INT4_GPTQ.withEmbeddings(WeightFormat.INT4));
    return recipes;
  }

  /** A block less, and three quarters of the inner units. */
  private static void prune(
      String name, Duration teaching, Path parent, DecoderConfig config, TokenWindows calibration, TokenWindows learning,
      TokenWindows unseen, String size, Path folder, BenchRun run)
      throws IOException {
    run.say(name);
    PruningPlan plan = new PruningPlan(
        Math.max(1, config.layers() - 1), config.kvHeads(), Math.max(32, config.intermediateSize() * 3 / 4 / 32 * 32));
    Path out = folder.resolve(name);
    PrunedStudent.make(parent, out, plan, calibration, learning, teaching.isZero() ? null : Budget.ofTime(teaching),
        RunControl.in(folder.resolve(name + ".run")), CompressionProgress.SILENT);
    Files.copy(parent.resolve(Tokenizer.FILE), out.resolve(Tokenizer.FILE), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    report(name + "-" + size, SideBySide.of(parent, out, unseen, List.of(), CompressionProgress.SILENT), run);
  }

  private static void report(String subject, SideBySide measured, BenchRun run) {
    Agreement agreement = measured.agreement();
    if (agreement != null) {
      run.add(Row.against(subject, "perplexity", agreement.perplexity(), "per token", PARENT, agreement.parentPerplexity()));
      run.add(Row.alone(subject, "same likeliest token", agreement.sameToken(), "of positions"));
      run.add(Row.alone(subject, "KL from the parent", agreement.divergence(), "nats/token"));
    }
    run.add(Row.against(subject, "size", measured.bytes() / 1e6, "MB", PARENT, measured.parentBytes() / 1e6));
    DecodingSpeed speed = measured.speed();
    if (speed != null && speed.after() != null) {
      run.add(Row.against(subject, "decoding", speed.after(), "tokens/s", PARENT, speed.before()));
    } else if (speed != null) {
      run.say("  not decoded: " + speed.remark());
    }
  }

  private static TokenWindows windows(Path file, Tokenizer tokenizer, DecoderConfig config) throws IOException {
    return new TokenWindows(BenchDecoder.encode(PlainTexts.read(file).items(), tokenizer, config.eosId()), LENGTH, config.eosId());
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
