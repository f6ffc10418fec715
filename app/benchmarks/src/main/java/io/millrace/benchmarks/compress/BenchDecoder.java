// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.compress;

import io.millrace.benchmarks.BenchRun;
import io.millrace.model.decoder.Decoder;
import io.millrace.model.decoder.DecoderConfig;
import io.millrace.model.decoder.DecoderFolder;
import io.millrace.model.tokenizer.BpeTrainer;
import io.millrace.model.tokenizer.SpecialToken;
import io.millrace.model.tokenizer.Tokenizer;
import io.millrace.tensor.DType;
import io.millrace.tensor.Torch;
import io.millrace.train.Budget;
import io.millrace.train.Muon;
import io.millrace.train.Pretraining;
import io.millrace.train.RunControl;
import io.millrace.train.Schedule;
import io.millrace.train.data.PlainTexts;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The decoder that is compressed, in BF16: the folder that {@code MILLRACE_BENCH_DECODER} names, or one of about nine
 * million parameters that is trained on public English texts first.
 */
final class BenchDecoder {
  private static final String VARIABLE = "MILLRACE_BENCH_DECODER";
  private static final int VOCABULARY = 8192;
  private static final int LENGTH = 256;
  private static final Duration THOROUGH = Duration.ofMinutes(15);
  private static final Duration QUICK = Duration.ofSeconds(90);

  private BenchDecoder() {}

  /** Writes it to {@code folder}/parent. */
  static Path make(Path data, Path folder, BenchRun run) throws IOException {
    String given = System.getenv(VARIABLE);
    Path trained = given == null || given.isBlank() ? train(data, folder, run) : Path.of(given);
    Path parent = folder.resolve("parent");
    try (Decoder decoder = DecoderFolder.load(trained)) {
      DecoderFolder.save(decoder, parent, DType.BF16);
    }
    Files.copy(trained.resolve(Tokenizer.FILE), parent.resolve(Tokenizer.FILE), StandardCopyOption.REPLACE_EXISTING);
    return parent;
  }

  private static Path train(Path data, Path folder, BenchRun run) throws IOException {
    List<String> texts = new ArrayList<>();
    for (String file : List.of("wikitext-2/valid.txt", "sft_dpo_demo/wiki_demo.txt", "sft_dpo_demo/c4_demo.jsonl",
        "tinyshakespeare/input.txt")) {
      texts.addAll(PlainTexts.read(data.resolve(file)).items());
    }
    Path vocabulary = folder.resolve(Tokenizer.FILE);
    BpeTrainer.ofSize(VOCABULARY).train(texts.iterator()).writeTokenizerJson(vocabulary);
    Duration time = run.quick() ? QUICK : THOROUGH;
    run.say("Pretraining a decoder for " + time.toSeconds() + " s");
    try (Tokenizer tokenizer = Tokenizer.load(vocabulary)) {
      int end = tokenizer.id(SpecialToken.END_OF_TEXT);
      DecoderConfig shape = new DecoderConfig(
          tokenizer.size(), 320, 896, 6, 5, 1, 64, 512, 10_000, 1e-5, true, end, end, end);
      Pretraining.Settings settings = new Pretraining.Settings(shape, LENGTH, 4, 2.5e-3, new Schedule.WarmupStableDecay(0.03, 0.4, 0.02),
          Budget.ofTime(time), Muon.Settings.DECODER, Torch.fastest(), 1);
      new Pretraining(settings, RunControl.in(folder.resolve("run"))).with(vocabulary)
          .run(encode(texts, tokenizer, end), new int[0], folder.resolve("trained"));
    }
    return folder.resolve("trained");
  }

  /** Texts one after another, each ended. */
  static int[] encode(List<String> texts, Tokenizer tokenizer, int end) {
    return texts.stream().flatMapToInt(text -> {
      int[] tokens = tokenizer.encode(text);
      int[] ended = Arrays.copyOf(tokens, tokens.length + 1);
      ended[tokens.length] = end;
      return Arrays.stream(ended);
    }).toArray();
  }
}
