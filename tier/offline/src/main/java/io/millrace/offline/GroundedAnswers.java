// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline;

import io.millrace.core.document.Language;
import io.millrace.core.document.QuestionAnswer;
import io.millrace.core.spi.Deadline;
import io.millrace.core.spi.Generator;
import io.millrace.core.spi.GroundedPrompt;
import io.millrace.engine.DecoderGenerator;
import io.millrace.train.ReaderScore;
import io.millrace.train.SpanExample;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Measures a decoder as it is served, through the engine on its int8 weights, on the first of the held-out questions
 * that the readers are measured on as well, with the same comparison of answers.
 */
final class GroundedAnswers {

  private static final int MEASURED_PER_LANGUAGE = 50;
  private static final int AT_ONCE = 8;
  private static final int MOST_TOKENS = 60;

  private GroundedAnswers() {}

  /** Returns exactMatch, f1, grounded (literally in the passage) and cited (with the right number). */
  static Map<String, Double> measure(Path model, Map<Language, Questions> questions, StepProgress progress)
      throws IOException {
    List<QuestionAnswer> asked = new ArrayList<>();
    questions.values().forEach(q -> asked.addAll(q.heldOut().stream().limit(MEASURED_PER_LANGUAGE).toList()));
    if (asked.isEmpty()) {
      return Map.of();
    }
    List<String> answers = new ArrayList<>();
    try (Generator generator = DecoderGenerator.open(model, "decoder", DecoderGenerator.Settings.standard());
        ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE)) {
      List<Future<String>> pending = new ArrayList<>();
      asked.forEach(question -> pending.add(threads.submit(() -> answer(generator, question, progress))));
      for (Future<String> answer : pending) {
        answers.add(answer.get());
        progress.update(answers.size(), asked.size(), "questions");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      throw new IOException("the decoder could not answer: " + e.getCause(), e);
    }
    progress.check();
    return scores(asked, answers);
  }

  private static String answer(Generator generator, QuestionAnswer question, StepProgress progress) {
    List<Generator.Message> messages =
        GroundedPrompt.messages(question.language(), question.question(), List.of(question.passage()));
    if (progress.stopped() || generator.count(messages) + MOST_TOKENS > generator.context()) {
      return "";
    }
    return generator
        .generate(
            new Generator.Request(
                messages, MOST_TOKENS, 0, 1, OptionalLong.of(1), List.of(), Deadline.NONE, progress::stopped),
            text -> {})
        .text();
  }

  private static Map<String, Double> scores(List<QuestionAnswer> asked, List<String> answers) {
    List<String> given = new ArrayList<>();
    int said = 0;
    int grounded = 0;
    int cited = 0;
    for (int i = 0; i < asked.size(); i++) {
      QuestionAnswer question = asked.get(i);
      String bare = GroundedPrompt.withoutCitations(question.language(), answers.get(i));
      given.add(bare);
      if (!bare.isEmpty()) {
        said++;
        grounded += question.passage().contains(bare) ? 1 : 0;
        cited += GroundedPrompt.citations(answers.get(i)).equals(List.of(1)) ? 1 : 0;
      }
    }
    ReaderScore score = ReaderScore.of(given, asked.stream().map(SpanExample::of).toList());
    Map<String, Double> scores = new TreeMap<>();
    scores.put("exactMatch", score.exactMatch());
    scores.put("f1", score.f1());
    scores.put("grounded", (double) grounded / Math.max(1, said));
    scores.put("cited", (double) cited / Math.max(1, said));
    scores.put("measuredOn", (double) asked.size());
    return scores;
  }
}
