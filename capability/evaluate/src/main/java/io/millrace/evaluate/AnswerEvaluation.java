// SPDX-License-Identifier: Apache-2.0
package io.millrace.evaluate;

import io.millrace.core.document.QuestionAnswer;
import io.millrace.core.generation.GenerationRequest;
import io.millrace.core.generation.Message;
import io.millrace.core.generation.Piece;
import io.millrace.core.generation.Prompt;
import io.millrace.core.spi.Generator;
import io.millrace.core.spi.Reader;
import io.millrace.core.time.Deadline;
import io.millrace.evaluate.AnswerScores.Outcome;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/** Lets a model answer questions, each with its passage, and scores the answers. */
public final class AnswerEvaluation {

  private static final int ANSWER_TOKENS = 96;

  /** Receives how far it is: the outcomes so far and the number of questions. */
  public interface Progress {
    void done(int done, int all);

    /** Receives nothing. */
    Progress NONE = (done, all) -> {};
  }

  /** How the words of a generator are to be read. */
  public interface Reading {

    /** Returns the answer in what was written; empty where it says that there is none. */
    String answer(String written);

    /** Returns whether what was written cites the passage that was given. */
    boolean cites(String written);
  }

  private final long seed;
  private final Progress progress;
  private final BooleanSupplier cancelled;

  /**
   * An evaluation.
   *
   * @param seed of the confidence intervals
   * @param progress told after each question
   * @param cancelled asked between questions; what was answered by then is scored
   */
  public AnswerEvaluation(long seed, Progress progress, BooleanSupplier cancelled) {
    this.seed = seed;
    this.progress = progress;
    this.cancelled = cancelled;
  }

  /** Scores a reader, whose words are always those of the passage. Questions in other languages are left out. */
  public AnswerScores evaluate(Reader reader, List<QuestionAnswer> questions) {
    List<QuestionAnswer> own = questions.stream().filter(q -> q.language() == reader.language()).toList();
    List<Outcome> outcomes = new ArrayList<>();
    for (QuestionAnswer item : own) {
      if (cancelled.getAsBoolean()) {
        break;
      }
      Reader.Span span = reader.read(item.question(), List.of(item.passage())).getFirst();
      String answer = span.answered() ? item.passage().substring(span.start(), span.end()) : "";
      outcomes.add(outcome(item, answer, true));
      progress.done(outcomes.size(), own.size());
    }
    return AnswerScores.of(outcomes, seed);
  }

  /**
   * Scores a generator, greedily.
   *
   * @param prompt the dialogue that asks a question with its passage
   * @param reading how its words are to be read
   */
  public AnswerScores evaluate(
      Generator generator,
      List<QuestionAnswer> questions,
      Function<QuestionAnswer, List<Message>> prompt,
      Reading reading) {
    List<Outcome> outcomes = new ArrayList<>();
    for (QuestionAnswer item : questions) {
      if (cancelled.getAsBoolean()) {
        break;
      }
      List<Message> messages = prompt.apply(item);
      int room = generator.context() - generator.count(messages);
      // A prompt that leaves no room is a question that the model cannot answer, which is its own fault.
      String written = room < 1 ? "" : write(generator, messages, Math.min(room, ANSWER_TOKENS));
      outcomes.add(outcome(item, reading.answer(written), reading.cites(written)));
      progress.done(outcomes.size(), questions.size());
    }
    return AnswerScores.of(outcomes, seed);
  }

  private String write(Generator generator, List<Message> messages, int tokens) {
    GenerationRequest request = GenerationRequest.of(Prompt.of(messages), tokens).until(Deadline.NONE, cancelled);
    return generator.generate(request, Piece.ignored()).text().strip();
  }

  private static Outcome outcome(QuestionAnswer item, String answer, boolean cited) {
    double exact = AnswerMetrics.exactMatch(answer, item.answers());
    double f1 = AnswerMetrics.f1(answer, item.answers());
    Outcome outcome = new Outcome(item.id(), answer, item.answerable(), exact, f1, false);
    boolean grounded = outcome.right() && (answer.isEmpty() || (cited && stands(answer, item.passage())));
    return new Outcome(item.id(), answer, item.answerable(), exact, f1, grounded);
  }

  /** Whether the answer's tokens stand in the passage one after the other. */
  private static boolean stands(String answer, String passage) {
    List<String> words = AnswerMetrics.tokens(answer);
    List<String> text = AnswerMetrics.tokens(passage);
    return Collections.indexOfSubList(text, words) >= 0;
  }
}
