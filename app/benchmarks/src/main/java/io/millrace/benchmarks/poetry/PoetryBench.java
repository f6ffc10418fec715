// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.poetry;

import io.millrace.benchmarks.Bench;
import io.millrace.benchmarks.BenchRun;
import io.millrace.benchmarks.Row;
import io.millrace.core.document.Verse;
import io.millrace.core.document.VerseForm;
import io.millrace.evaluate.verse.QuatrainScore;
import io.millrace.evaluate.verse.RhymeGroups;
import io.millrace.model.decoder.Decoder;
import io.millrace.model.decoder.DecoderConfig;
import io.millrace.model.decoder.DecoderFolder;
import io.millrace.offline.NpmClient;
import io.millrace.tensor.Torch;
import io.millrace.train.AdamW;
import io.millrace.train.Budget;
import io.millrace.train.Pretraining;
import io.millrace.train.RunControl;
import io.millrace.train.Schedule;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

/**
 * A decoder of ten million parameters made from nothing on classical poems in 20 minutes: how surprised it is by poems
 * that it has not seen, and how many of the quatrains that it writes keep the form, beside real ones.
 */
public final class PoetryBench implements Bench {
  private static final String SOURCE = "chinese-poetry@2.0.1";
  private static final int VOCABULARY = 6144;
  private static final int LENGTH = 128;
  private static final int ROWS = 12;
  private static final int WRITTEN = 200;
  private static final double TEMPERATURE = 0.8;

  @Override
  public String name() {
    return "poetry";
  }

  @Override
  public String purpose() {
    return "a decoder made from nothing on classical Chinese poems in 20 minutes (2 when quick): perplexity, form, rhyme";
  }

  @Override
  public void measure(BenchRun run) throws IOException, InterruptedException {
    String home = System.getenv("MILLRACE_HOME");
    Path place = (home == null ? Path.of(".millrace").toAbsolutePath() : Path.of(home)).resolve("bench");
    run.say("Fetching " + SOURCE);
    List<Poem> all = Poem.readAll(new NpmClient("npm").fetch(SOURCE, place.resolve("npm"), () -> {}));
    List<Poem> training = all.stream().filter(poem -> !poem.heldOut()).toList();
    List<Poem> heldOut = all.stream().filter(Poem::heldOut).toList();
    RhymeGroups groups = RhymeGroups.learn(training.stream().map(Poem::verse).toList(), 5);
    run.say("%,d poems to learn from, %,d held out, %d rhyme groups".formatted(training.size(), heldOut.size(), groups.size()));
    List<Verse> real = heldOut.stream().filter(poem -> poem.form().quatrain()).map(Poem::verse).toList();
    QuatrainScore reality = QuatrainScore.of(real, groups);
    QuatrainScore chance = QuatrainScore.of(withEndsShuffled(real), groups);
    run.add(Row.against("poetry-real-quatrains", "form-and-rhyme", reality.rhyme(), "share", "the same poems with their line ends exchanged at random", chance.rhyme()));
    train(training, heldOut, groups, reality, place.resolve(run.quick() ? "poetry-quick" : "poetry"), run);
  }

  private static void train(List<Poem> training, List<Poem> heldOut, RhymeGroups groups, QuatrainScore reality, Path folder, BenchRun run)
      throws IOException, InterruptedException {
    CharacterVocabulary vocabulary = new CharacterVocabulary(training, VOCABULARY);
    List<Poem> shuffled = new ArrayList<>(training);
    Collections.shuffle(shuffled, new Random(1));
    int[] tokens = vocabulary.encode(shuffled);
    int[] unseen = vocabulary.encode(heldOut.subList(0, Math.min(heldOut.size(), 4000)));
    int end = CharacterVocabulary.END;
    DecoderConfig model = new DecoderConfig(vocabulary.size(), 384, 1024, 5, 6, 2, 64, LENGTH, 10_000, 1e-5, true, end, end, end);
    Duration time = run.quick() ? Duration.ofMinutes(2) : Duration.ofMinutes(20);
    Pretraining.Settings settings = new Pretraining.Settings(model, LENGTH, ROWS, 2e-3,
        new Schedule.WarmupStableDecay(0.02, 0.4, 0.02), Budget.ofTime(time), AdamW.Settings.DECODER, Torch.fastest(), 1);
    // Asking takes the interrupt back, which would otherwise close the checkpoint's file under the writer.
    RunControl control = RunControl.in(folder.resolve("run")).cancelled(Thread::interrupted).listener(p -> {
      if (p.step() % 100 == 0) {
        run.say("  step %,d: loss %.3f, %,.0f characters/s, %d s left".formatted(p.step(), p.loss(), p.tokensPerSecond(), p.remaining().toSeconds()));
      }
    });
    Pretraining.Result result = new Pretraining(settings, control).run(tokens, unseen, folder.resolve("model"));
    if (!result.outcome().finished()) {
      throw new InterruptedException("training was interrupted; the same command continues");
    }
    String subject = "poetry-" + Math.round(model.parameters() / 1e6) + "M-" + time.toMinutes() + "min";
    run.add(Row.alone(subject, "characters-read", result.outcome().tokens(), "characters"));
    run.add(Row.against(subject, "perplexity-per-character", Objects.requireNonNull(result.heldOutPerplexity()), "perplexity",
        "characters by their frequency", byFrequency(tokens, unseen)));
    try (Decoder decoder = DecoderFolder.load(folder.resolve("model")); Decoder working = decoder.as(Torch.fastest())) {
      Torch.seed(1);
      List<String> written = new ArrayList<>();
      for (VerseForm form : List.of(VerseForm.QUATRAIN_OF_FIVE, VerseForm.QUATRAIN_OF_SEVEN)) {
        written.addAll(QuatrainSampler.write(working, vocabulary, form, WRITTEN / 2, TEMPERATURE));
      }
      QuatrainScore score = QuatrainScore.of(written.stream().map(Verse::of).toList(), groups);
      run.add(Row.against(subject, "quatrains-in-form", score.form(), "share", "real held-out quatrains", reality.form()));
      run.add(Row.against(subject, "quatrains-in-form-that-rhyme", score.rhyme(), "share", "real held-out quatrains", reality.rhyme()));
      written.stream().skip(WRITTEN / 2 - 2).limit(4).forEach(poem -> run.say("  " + poem));
    }
  }

  /** Poems whose lines end in those of other lines: what rhymes of them rhymes by chance. */
  private static List<Verse> withEndsShuffled(List<Verse> poems) {
    List<String> ends = new ArrayList<>();
    poems.forEach(poem -> poem.lines().forEach(line -> ends.add(Character.toString(line.codePointBefore(line.length())))));
    Collections.shuffle(ends, new Random(2));
    List<Verse> shuffled = new ArrayList<>();
    int next = 0;
    for (Verse poem : poems) {
      List<String> lines = new ArrayList<>();
      for (String line : poem.lines()) {
        lines.add(line.substring(0, line.offsetByCodePoints(line.length(), -1)) + ends.get(next++));
      }
      shuffled.add(new Verse(lines));
    }
    return shuffled;
  }

  /** The perplexity of guessing each token by how often it was seen, once more than it was. */
  private static double byFrequency(int[] seen, int[] unseen) {
    Map<Integer, Integer> counts = new HashMap<>();
    for (int token : seen) {
      counts.merge(token, 1, Integer::sum);
    }
    double sum = 0;
    for (int token : unseen) {
      sum -= Math.log((counts.getOrDefault(token, 0) + 1.0) / (seen.length + VOCABULARY));
    }
    return Math.exp(sum / unseen.length);
  }
}
