// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.stages;

import io.millrace.model.tokenizer.BpeTrainer;
import io.millrace.model.tokenizer.ChatTemplate;
import io.millrace.model.tokenizer.SpecialToken;
import io.millrace.model.tokenizer.Tokenizer;
import io.millrace.train.ChatExamples;
import io.millrace.train.Example;
import io.millrace.train.ExamplePair;
import io.millrace.train.Exercise;
import io.millrace.train.data.Dialogue;
import io.millrace.train.data.Dialogues;
import io.millrace.train.data.Preference;
import io.millrace.train.reward.AnswerFormat;
import io.millrace.train.reward.AnswerLength;
import io.millrace.train.reward.Task;
import io.millrace.train.reward.VerifiableReward;
import io.millrace.train.reward.WeightedRewards;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Public texts, dialogues and preferences as tokens, each cut into a part to learn from and a held-out part, which no
 * stage and not the tokenizer has seen.
 *
 * @param folder of {@code tokenizer.json}
 * @param vocabulary tokens
 * @param text to pretrain on, and {@code unseenText}: Shakespeare's last tenth
 * @param answers to fine-tune on
 * @param pairs of which people preferred one answer
 * @param exercises prompts to which one brief sentence is wanted
 */
record StageData(
    Path folder,
    int vocabulary,
    int[] text,
    int[] unseenText,
    List<Example> answers,
    List<Example> unseenAnswers,
    List<ExamplePair> pairs,
    List<ExamplePair> unseenPairs,
    List<Exercise> exercises,
    List<Exercise> unseenExercises) {

  /** Tokens of the longest example. */
  static final int LONGEST = 192;

  /** One sentence, and nothing after it. */
  private static final AnswerFormat ONE_SENTENCE = AnswerFormat.of("[A-Z][^.!?\\n]{10,}[.!?]");

  /** Half for the form, which a small model hardly ever finds by itself, and half by degrees for brevity, a slope to climb. */
  private static final VerifiableReward BRIEF_SENTENCE = new WeightedRewards(List.of(
      new WeightedRewards.Part(0.5, ONE_SENTENCE), new WeightedRewards.Part(0.5, new AnswerLength(10, 50, 50))));

  private static final int VOCABULARY = 1536;

  /** Reads the public data and trains a tokenizer into {@code folder}. */
  static StageData read(Path data, Path folder) throws IOException {
    String shakespeare = Files.readString(data.resolve("tinyshakespeare/input.txt"));
    int cut = shakespeare.indexOf("\n\n", shakespeare.length() * 9 / 10);
    List<Dialogue> dialogues = Dialogues.read(data.resolve("sft_dpo_demo/alpaca_en_demo.json")).items();
    List<Preference> preferences = Preference.read(data.resolve("hh-rlhf/test.jsonl.gz")).items();
    // By position, in files whose order means nothing; the tokenizer learns from the first parts only.
    int learntDialogues = dialogues.size() * 8 / 10;
    int learntPreferences = preferences.size() * 8 / 10;
    Stream<String> texts = Stream.concat(
        Stream.of(shakespeare.substring(0, cut)),
        Stream.concat(
            dialogues.subList(0, learntDialogues).stream().flatMap(one -> one.turns().stream()).map(ChatTemplate.Turn::content),
            preferences.subList(0, learntPreferences).stream().map(Preference::chosen)));
    Files.createDirectories(folder);
    BpeTrainer.ofSize(VOCABULARY).train(texts.iterator()).writeTokenizerJson(folder.resolve(Tokenizer.FILE));
    Tokenizer tokenizer = Tokenizer.load(folder);
    ChatExamples chat = new ChatExamples(ChatTemplate.chatMl(tokenizer));
    List<Dialogue> unseen = dialogues.subList(learntDialogues, dialogues.size());
    return new StageData(folder, tokenizer.size(),
        ended(tokenizer, shakespeare.substring(0, cut)), ended(tokenizer, shakespeare.substring(cut)),
        answers(chat, dialogues.subList(0, learntDialogues)), answers(chat, unseen),
        pairs(chat, preferences.subList(0, learntPreferences)),
        pairs(chat, preferences.subList(learntPreferences, preferences.size())),
        exercises(chat, tokenizer, dialogues.subList(0, learntDialogues)), exercises(chat, tokenizer, unseen));
  }

  /**
   * Windows of a text.
   *
   * @param prompt tokens at the beginning of each that are not learnt
   */
  static List<Example> windows(int[] text, int length, int prompt, int most) {
    List<Example> windows = new ArrayList<>();
    for (int from = 0; from + length <= text.length && windows.size() < most; from += length) {
      windows.add(Example.of(
          Arrays.copyOfRange(text, from, from + prompt), Arrays.copyOfRange(text, from + prompt, from + length)));
    }
    return windows;
  }

  private static int[] ended(Tokenizer tokenizer, String text) {
    return IntStream.concat(IntStream.of(tokenizer.encode(text)), IntStream.of(tokenizer.id(SpecialToken.END_OF_TEXT)))
        .toArray();
  }

  private static List<Example> answers(ChatExamples chat, List<Dialogue> dialogues) {
    return dialogues.stream().map(chat::dialogue).filter(one -> one.length() <= LONGEST).toList();
  }

  private static List<ExamplePair> pairs(ChatExamples chat, List<Preference> preferences) {
    return preferences.stream().map(one -> ExamplePair.of(one, chat))
        .filter(pair -> Math.max(pair.chosen().length(), pair.rejected().length()) <= LONGEST).toList();
  }

  private static List<Exercise> exercises(ChatExamples chat, Tokenizer tokenizer, List<Dialogue> dialogues) {
    return dialogues.stream().map(one -> Exercise.of(Task.of(one.opening()), BRIEF_SENTENCE, chat, tokenizer))
        .filter(exercise -> exercise.prompt().length <= 48).toList();
  }
}
