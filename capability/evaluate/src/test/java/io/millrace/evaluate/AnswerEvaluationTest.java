// SPDX-License-Identifier: Apache-2.0
package io.millrace.evaluate;

import io.millrace.core.document.Language;
import io.millrace.core.document.QuestionAnswer;
import io.millrace.core.generation.Generation;
import io.millrace.core.generation.Generation.Finish;
import io.millrace.core.generation.GenerationRequest;
import io.millrace.core.generation.Message;
import io.millrace.core.generation.Piece;
import io.millrace.core.generation.Prompt;
import io.millrace.core.settings.DomainPack.Gate;
import io.millrace.core.spi.Generator;
import io.millrace.core.spi.Reader;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

import static org.assertj.core.api.Assertions.assertThat;

class AnswerEvaluationTest {

  private static final String PASSAGE = "Closes the writer. Throws IOException if the disk is full.";

  private static final List<QuestionAnswer> QUESTIONS =
      List.of(
          question("1", "What does it throw?", "IOException"),
          question("2", "When does it throw?", "if the disk is full"),
          question("3", "Who wrote it?"),
          question("4", "What does it close?", "the writer"));

  private static QuestionAnswer question(String id, String text, String... answers) {
    return new QuestionAnswer(id, "d", Language.ENGLISH, "throws", text, PASSAGE, List.of(answers));
  }

  /** Points at the exception and at the full disk, whatever is asked: right twice, wrong twice. */
  private static final class FixedReader implements Reader {
    @Override
    public String model() {
      return "fixed@1";
    }

    @Override
    public Language language() {
      return Language.ENGLISH;
    }

    @Override
    public List<Span> read(String question, List<String> passages) {
      String words = question.contains("What does it throw") ? "IOException" : "the disk is full";
      int start = passages.getFirst().indexOf(words);
      return List.of(new Span(start, start + words.length(), question.startsWith("Who") ? -1 : 2));
    }

    @Override
    public void close() {}
  }

  /** Says the given texts one after the other. */
  private static final class FixedGenerator implements Generator {
    private final List<String> texts;
    private int next;

    FixedGenerator(List<String> texts) {
      this.texts = texts;
    }

    @Override
    public String model() {
      return "fixed@1";
    }

    @Override
    public int context() {
      return 1_000;
    }

    @Override
    public int count(Prompt prompt) {
      return ((Prompt.Dialogue) prompt).messages().getFirst().content().length();
    }

    @Override
    public Generation generate(GenerationRequest request, Consumer<Piece> onPiece) {
      assertThat(request.sampling().temperature()).isZero();
      return new Generation(texts.get(next++), 1, 1, Finish.STOP);
    }

    @Override
    public void close() {}
  }

  @Test
  void scoresAReader() {
    List<Integer> seen = new ArrayList<>();
    AnswerScores scores =
        new AnswerEvaluation(1, (done, all) -> seen.add(done), () -> false).evaluate(new FixedReader(), QUESTIONS);
    assertThat(scores.exactMatch().mean()).isEqualTo(1.0 / 3);
    assertThat(scores.noAnswer().mean()).isEqualTo(1);
    assertThat(scores.grounded().mean()).isEqualTo(0.75);
    assertThat(scores.asMap()).containsEntry("questions", 4.0).containsKeys("f1", "f1.low", "f1.high");
    assertThat(seen).containsExactly(1, 2, 3, 4);
  }

  @Test
  void aGeneratorsAnswerMustCiteAndStandInThePassage() {
    List<String> texts = List.of("IOException [1]", "if the disk is full", "none", "writer the [1]");
    AnswerEvaluation.Reading reading =
        new AnswerEvaluation.Reading() {
          @Override
          public String answer(String written) {
            return written.equals("none") ? "" : written.replace(" [1]", "");
          }

          @Override
          public boolean cites(String written) {
            return written.contains("[1]");
          }
        };
    AnswerScores scores =
        new AnswerEvaluation(1, AnswerEvaluation.Progress.NONE, () -> false)
            .evaluate(
                new FixedGenerator(texts),
                QUESTIONS,
                item -> List.of(new Message("user", item.passage() + item.question())),
                reading);
    // Right and cited; right, not cited; rightly silent; right and cited (articles do not count).
    assertThat(scores.outcomes()).extracting(AnswerScores.Outcome::grounded).containsExactly(true, false, true, true);
    assertThat(scores.exactMatch().mean()).isEqualTo(1);
  }

  @Test
  void gatesSayWhatFailedAndWhatWasNotMeasured() {
    List<Gate> gates =
        List.of(new Gate("f1", 0.5, null), new Gate("perplexity", null, 60.0), new Gate("speed", 1.0, null));
    GateKeeper.Verdict verdict = GateKeeper.judge(gates, Map.of("f1", 0.61, "perplexity", 75.0));
    assertThat(verdict.passed()).isFalse();
    assertThat(verdict.text())
        .isEqualTo("failed: f1 0.6100 is at least 0.5000; perplexity 75.00 is above 60.00; "
            + "speed was not measured; measured: f1, perplexity");
    assertThat(GateKeeper.judge(gates.subList(0, 1), Map.of("f1", 0.5)).passed()).isTrue();
    assertThat(GateKeeper.judge(gates.subList(0, 1), Map.of("f1", Double.NaN)).passed()).isFalse();
    assertThat(GateKeeper.judge(List.of(), Map.of()).passed()).isTrue();
  }
}
