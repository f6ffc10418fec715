// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline;

import io.millrace.agent.GroundedPrompt;
import io.millrace.core.document.Language;
import io.millrace.core.document.QuestionAnswer;
import io.millrace.core.spi.Generator;
import io.millrace.core.spi.Reader;
import io.millrace.engine.DecoderGenerator;
import io.millrace.evaluate.AnswerEvaluation;
import io.millrace.evaluate.AnswerScores;
import io.millrace.train.SpanReader;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Measures models as they are served: a reader by itself, a decoder through the engine on its int8 weights. Both are
 * asked the first of the same held-out questions, and their answers are compared in the same way.
 */
final class GroundedAnswers {

  private static final int READER_QUESTIONS = 150;
  private static final int DECODER_QUESTIONS_PER_LANGUAGE = 40;
  private static final long SEED = 1;

  /** What models are compared by, language by language. */
  private static final List<String> COMPARED = List.of("groundedAccuracy", "exactMatch");

  private GroundedAnswers() {}

  /** Returns the scores of a reader; none when nothing was held out. */
  static Map<String, Double> ofReader(Path model, Questions questions, StepProgress progress) throws IOException {
    List<QuestionAnswer> asked = questions.heldOut().stream().limit(READER_QUESTIONS).toList();
    if (asked.isEmpty()) {
      return Map.of();
    }
    try (Reader reader = SpanReader.load(model)) {
      return scores(evaluation(progress).evaluate(reader, asked), progress);
    }
  }

  /**
   * Returns the scores of a decoder over all languages, and for each language by itself under {@code groundedAccuracy.en}
   * and the like, which is what it is compared with a language's reader by; none when nothing was held out.
   */
  static Map<String, Double> ofDecoder(Path model, Map<Language, Questions> questions, StepProgress progress)
      throws IOException {
    if (questions.values().stream().allMatch(each -> each.heldOut().isEmpty())) {
      return Map.of();
    }
    Map<String, Double> all = new TreeMap<>();
    List<AnswerScores> parts = new ArrayList<>();
    try (Generator generator = DecoderGenerator.open(model, "decoder", DecoderGenerator.Settings.standard())) {
      for (Map.Entry<Language, Questions> each : questions.entrySet()) {
        List<QuestionAnswer> asked = each.getValue().heldOut().stream().limit(DECODER_QUESTIONS_PER_LANGUAGE).toList();
        if (asked.isEmpty()) {
          continue;
        }
        AnswerScores scores =
            evaluation(progress)
                .evaluate(
                    generator,
                    asked,
                    item -> GroundedPrompt.messages(item.question(), List.of(item.passage())),
                    new AsWritten());
        Map<String, Double> ofLanguage = scores(scores, progress);
        COMPARED.stream()
            .filter(ofLanguage::containsKey)
            .forEach(name -> all.put(name + "." + each.getKey().code(), ofLanguage.get(name)));
        parts.add(scores);
      }
    }
    all.putAll(scores(AnswerScores.pooled(parts, SEED), progress));
    return all;
  }

  /** Reads what a decoder wrote in the form that it was taught. */
  private static final class AsWritten implements AnswerEvaluation.Reading {
    @Override
    public String answer(String written) {
      String text = GroundedPrompt.parse(written).text();
      for (Language language : Language.values()) {
        if (text.equals(GroundedPrompt.noAnswer(language))) {
          return "";
        }
      }
      return text;
    }

    @Override
    public boolean cites(String written) {
      return GroundedPrompt.parse(written).cited().contains(1);
    }
  }

  private static AnswerEvaluation evaluation(StepProgress progress) {
    return new AnswerEvaluation(SEED, (done, all) -> progress.update(done, all, "questions"), progress::stopped);
  }

  private static Map<String, Double> scores(AnswerScores scores, StepProgress progress) {
    // A cancelled evaluation scores what it has; such scores must not be recorded.
    progress.check();
    return new TreeMap<>(scores.asMap());
  }
}
