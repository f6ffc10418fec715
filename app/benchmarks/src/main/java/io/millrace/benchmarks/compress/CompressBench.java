// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.compress;

import io.millrace.benchmarks.Bench;
import io.millrace.benchmarks.BenchRun;
import io.millrace.benchmarks.Row;
import io.millrace.benchmarks.WorkFolder;
import io.millrace.compress.Agreement;
import io.millrace.compress.CompressionProgress;
import io.millrace.compress.PruningPlan;
import io.millrace.compress.Quantisation;
import io.millrace.compress.Recipe;
import io.millrace.compress.Rounding;
import io.millrace.compress.TokenWindows;
import io.millrace.core.json.Json;
import io.millrace.model.decoder.Decoder;
import io.millrace.model.decoder.DecoderConfig;
import io.millrace.model.decoder.DecoderFolder;
import io.millrace.model.decoder.QuantisedFolder;
import io.millrace.model.safetensors.WeightFormat;
import io.millrace.model.tokenizer.Tokenizer;
import io.millrace.offline.compress.DecodingSpeed;
import io.millrace.offline.compress.PrunedStudent;
import io.millrace.offline.compress.SideBySide;
import io.millrace.train.Budget;
import io.millrace.train.RunControl;
import io.millrace.train.data.PlainTexts;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Perplexity on wikitext-2, agreement, size and speed of each way to compress a decoder, beside the decoder in BF16. */
public final class CompressBench implements Bench {
  private static final String PARENT = "the decoder in bf16";
  private static final int LENGTH = 256;
  private static final int CALIBRATION_WINDOWS = 64;
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
    Path data = run.data();
    if (!Files.isRegularFile(data.resolve("wikitext-2/test.txt"))) {
      throw new IllegalArgumentException("no wikitext-2/test.txt in " + data + ": name the folder of public data with --data");
    }
    try (WorkFolder folder = WorkFolder.create("compress")) {
      measure(data, folder.path(), run);
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
      unseen = windows(data.resolve("wikitext-2/test.txt"), tokenizer, config).first(run.quick() ? 32 : 128);
      TokenWindows measured = unseen;
      prompts = IntStream.range(0, PROMPTS).mapToObj(i -> tokenizer.decode(Arrays.copyOfRange(measured.tokens(),
          i * 5 * LENGTH, i * 5 * LENGTH + 32))).toList();
    }
    TokenWindows calibration = learning.spread(run.quick() ? CALIBRATION_WINDOWS / 4 : CALIBRATION_WINDOWS);
    Map<String, Path> made = new LinkedHashMap<>();
    for (Map.Entry<String, Recipe> each : recipes().entrySet()) {
      run.say("Compressing: " + each.getKey());
      made.put(each.getKey(), folder.resolve(each.getKey()));
      Quantisation.run(parent, folder.resolve(each.getKey()), each.getValue(),
          each.getValue().rounding() instanceof Rounding.Gptq ? calibration : null, CompressionProgress.SILENT);
    }
    made.putAll(pruned(parent, config, calibration, learning, folder, run));
    report(parent, made, unseen, Math.round(config.parameters() / 1e6) + "M", run);
    for (String method : List.of("int8", "int8-row", "int4")) {
      speed(method, parent, folder.resolve(method), prompts, run);
    }
  }

  private static Map<String, Recipe> recipes() {
    Map<String, Recipe> recipes = new LinkedHashMap<>();
    recipes.put("int8", Recipe.INT8);
    recipes.put("int8-row", Recipe.INT8_ROW);
    recipes.put("int4", Recipe.INT4);
    recipes.put("int4-gptq", Recipe.INT4_GPTQ);
    recipes.put("int4-gptq-act-order", Recipe.INT4.with(new Rounding.Gptq(0.01, 128, true)));
    recipes.put("int4-all", Recipe.INT4.withEmbeddings(WeightFormat.INT4));
    return recipes;
  }

  /** A block less, and three quarters of the inner units: as it is cut, and taught again. */
  private static Map<String, Path> pruned(
      Path parent, DecoderConfig config, TokenWindows calibration, TokenWindows learning, Path folder, BenchRun run)
      throws IOException {
    PruningPlan plan = new PruningPlan(
        Math.max(1, config.layers() - 1), config.kvHeads(), Math.max(32, config.intermediateSize() * 3 / 4 / 32 * 32));
    Map<String, @Nullable Budget> teaching = new LinkedHashMap<>();
    teaching.put("pruned", null);
    teaching.put("pruned-distilled", Budget.ofTime(run.quick() ? Duration.ofSeconds(30) : Duration.ofMinutes(4)));
    Map<String, Path> made = new LinkedHashMap<>();
    for (Map.Entry<String, @Nullable Budget> each : teaching.entrySet()) {
      run.say("Compressing: " + each.getKey());
      made.put(each.getKey(), folder.resolve(each.getKey()));
      PrunedStudent.make(parent, folder.resolve(each.getKey()), plan, calibration, learning, each.getValue(),
          RunControl.in(folder.resolve(each.getKey() + ".run")), CompressionProgress.SILENT);
    }
    return made;
  }

  private static void report(Path parent, Map<String, Path> made, TokenWindows unseen, String size, BenchRun run)
      throws IOException {
    run.say("Reading wikitext-2 with all of them");
    List<Decoder> decoders = new ArrayList<>();
    try (Decoder full = DecoderFolder.load(parent)) {
      for (Path folder : made.values()) {
        decoders.add(QuantisedFolder.load(folder));
      }
      List<Agreement> agreements = Agreement.ofAll(full, decoders, unseen, CompressionProgress.SILENT);
      run.add(Row.alone("bf16-" + size, "perplexity", agreements.getFirst().parentPerplexity(), "per token"));
      int next = 0;
      for (Map.Entry<String, Path> each : made.entrySet()) {
        String subject = each.getKey() + "-" + size;
        Agreement agreement = agreements.get(next++);
        run.add(Row.against(subject, "perplexity", agreement.perplexity(), "per token", PARENT, agreement.parentPerplexity()));
        run.add(Row.alone(subject, "same likeliest token", agreement.sameToken(), "of positions"));
        run.add(Row.alone(subject, "KL from the parent", agreement.divergence(), "nats/token"));
        run.add(Row.against(subject, "size", SideBySide.bytes(each.getValue()) / 1e6, "MB", PARENT, SideBySide.bytes(parent) / 1e6));
      }
    } finally {
      decoders.forEach(Decoder::close);
    }
  }

  private static void speed(String method, Path parent, Path compressed, List<String> prompts, BenchRun run)
      throws IOException {
    DecodingSpeed speed = DecodingSpeed.of(parent, compressed, prompts);
    if (speed.after() != null) {
      run.add(Row.against(method, "decoding", speed.after(), "tokens/s", PARENT + ", in turns", speed.before()));
    } else {
      run.say("  " + method + " is not decoded: " + speed.remark());
    }
  }

  private static TokenWindows windows(Path file, Tokenizer tokenizer, DecoderConfig config) throws IOException {
    return new TokenWindows(BenchDecoder.encode(PlainTexts.read(file).items(), tokenizer, config.eosId()), LENGTH, config.eosId());
  }
}
