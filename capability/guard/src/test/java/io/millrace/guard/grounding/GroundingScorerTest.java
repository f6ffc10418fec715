// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard.grounding;

import io.millrace.core.document.Language;
import io.millrace.core.document.QuestionAnswer;
import io.millrace.core.spi.Guard.Bearing;
import io.millrace.core.spi.Guard.Support;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class GroundingScorerTest {

  private static final String ENGLISH =
      "IndexWriter.commit\nCommits all pending changes to the index and syncs all referenced files. After a crash of the machine the "
          + "index survives. The buffer holds 16 MB by default. Anna Miller wrote the merge policy before Robert Weaver wrote the codec.";
  private static final String CHINESE =
      "水车是一种利用水流动力的机械。打开闸门需要十二秒！默认情况下返回 500 条记录，不是线程安全的。";
  private static final List<String> EVIDENCE = List.of(ENGLISH, CHINESE);
  private static final GroundingScorer TRAINED = GroundingScorer.train(domain(), 7);

  /** Pages about gears, numbered, so that there is enough to learn from. */
  private static List<QuestionAnswer> domain() {
    String[] parts = {"wheel", "sluice", "hopper", "shaft", "pinion", "brake", "crane", "sieve", "race", "weir"};
    String[] verbs = {"drives", "opens", "fills", "turns", "stops", "lifts", "holds", "cleans"};
    List<QuestionAnswer> items = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      String one = parts[i % 10];
      String two = parts[(i / 10 + i % 10 + 1) % 10];
      String verb = verbs[i % 7];
      String passage =
          "MillPart%d\nThe %s of MillPart%d always %s the heavy %s before the evening. It is not faster than %d turns, if the water is high. When the %s is full, the miller must close the gate of %s."
              .formatted(i, one, i, verb, two, 10 + i, two, one);
      items.add(new QuestionAnswer("q" + i, "d" + i, Language.ENGLISH, "purpose", "What does MillPart" + i + " do?", passage, List.of()));
    }
    return items;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "After a crash of the machine the index survives.|After a crash of the machine the index survives.",
        "The buffer holds 16 MB.|The buffer holds 16 MB by default.",
        "打开闸门需要12秒。|打开闸门需要十二秒！",
        "默认情况下返回500条记录|默认情况下返回 500 条记录，不是线程安全的。",
      })
  void pointsAtTheWordsThatBearASentenceOut(String sentence, String words) {
    for (GroundingScorer scorer : List.of(GroundingScorer.untrained(), TRAINED)) {
      Support support = scorer.support("What about it?", sentence, EVIDENCE);
      assertThat(EVIDENCE.get(support.source()).substring(support.start(), support.end())).isEqualTo(words);
      assertThat(support.bearing()).as(support.toString()).isEqualTo(Bearing.SUPPORTED);
      assertThat(support.reason()).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "The buffer holds 32 MB by default.|the number 32",
        "The buffer holds 16 MB by default, which BufferPool sets.|the name BufferPool",
        "After a crash of the machine the index does not survive.|opposite",
        "Anna Miller wrote the merge policy after Robert Weaver wrote the codec.|opposite",
        "打开闸门需要十五秒。|the number 十五",
        "默认情况下返回 500 条记录，是线程安全的。|opposite",
        "The moon landing took place on a hot day.|of its content",
      })
  void saysWhatTheSourcesDoNotBearOut(String sentence, String reason) {
    for (GroundingScorer scorer : List.of(GroundingScorer.untrained(), TRAINED)) {
      Support support = scorer.support("What about it?", sentence, EVIDENCE);
      assertThat(support.bearing()).as(support.toString()).isNotEqualTo(Bearing.SUPPORTED);
      assertThat(support.reason()).contains(reason);
    }
  }

  @Test
  void namesThatChangePlacesCostScore() {
    Support right = TRAINED.support("", "Anna Miller wrote the merge policy before Robert Weaver wrote the codec.", EVIDENCE);
    Support wrong = TRAINED.support("", "Robert Weaver wrote the merge policy before Anna Miller wrote the codec.", EVIDENCE);
    assertThat(wrong.score()).isLessThan(right.score());
  }

  @Test
  void anAnswerWithoutContentIsNeitherBorneOutNorRefuted() {
    assertThat(TRAINED.support("Is it?", "Yes.", EVIDENCE).bearing()).isEqualTo(Bearing.PARTLY);
    assertThat(TRAINED.support("Is it?", "Yes.", EVIDENCE).source()).isEqualTo(-1);
    assertThat(TRAINED.support("Is it?", "The gate is red.", List.of()).bearing()).isEqualTo(Bearing.NOT);
    assertThat(TRAINED.support("Is it?", "The gate is red.", List.of("")).bearing()).isEqualTo(Bearing.NOT);
  }

  @Test
  void spansLieWithinTheirPassageWhateverTheTexts() {
    SplittableRandom random = new SplittableRandom(11);
    String[] bits = {
      "水车", "闸门。", "！", "？", "；", "𠀀𠮷", "😀", "\n", " ", "The wheel", " turns.", "e.g. 3.5", "1,000", "\u0301", "\ud83d", "[1]", "“", "”", "十二",
      "Foo.bar()", "不是", "don't", "\u2028", "é"
    };
    for (int round = 0; round < 2_000; round++) {
      List<String> evidence = List.of(text(bits, random), text(bits, random));
      Support support = TRAINED.support(text(bits, random), text(bits, random), evidence);
      assertThat(support.score()).isBetween(0.0, 1.0);
      if (support.source() >= 0) {
        String passage = evidence.get(support.source());
        assertThat(support.start()).isBetween(0, support.end());
        assertThat(support.end()).isBetween(1, passage.length());
        String words = passage.substring(support.start(), support.end());
        assertThat(words).isEqualTo(words.strip());
        boolean cut = support.start() > 0 && Character.isSurrogatePair(passage.charAt(support.start() - 1), passage.charAt(support.start()))
            || support.end() < passage.length() && Character.isSurrogatePair(passage.charAt(support.end() - 1), passage.charAt(support.end()));
        assertThat(cut).as("a span begins or ends within a character").isFalse();
      }
    }
  }

  private static String text(String[] bits, SplittableRandom random) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(12); i > 0; i--) {
      text.append(bits[random.nextInt(bits.length)]);
    }
    return text.toString();
  }

  @Test
  void trainingTellsFalsifiedSentencesAndKeepsTheSigns() {
    assertThat(TRAINED.scores().get("grounding-auc")).isGreaterThan(0.7);
    List<String> evidence = List.of("The shaft of the mill drives 3 stones. The brake stops the shaft.");
    double lacking = TRAINED.support("", "The shaft of the mill drives 9 stones.", evidence).score();
    assertThat(lacking).isLessThan(TRAINED.support("", "The shaft of the mill drives 3 stones.", evidence).score());
  }

  @Test
  void aScorerIsTheSameAfterItWasWrittenAndRead(@TempDir Path folder) {
    TRAINED.save(folder);
    GroundingScorer read = GroundingScorer.load(folder);
    assertThat(read.scores()).isEqualTo(TRAINED.scores());
    String sentence = "The buffer holds some MB by default.";
    assertThat(read.support("", sentence, EVIDENCE)).isEqualTo(TRAINED.support("", sentence, EVIDENCE));
  }

  @Test
  void aFolderWithoutScorerGivesTheUntrainedOne(@TempDir Path folder) {
    assertThat(GroundingScorer.load(folder).scores()).isEmpty();
    assertThat(GroundingScorer.train(List.of(), 7).scores()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{}", "{\"weights\": {\"IN_SPAN\": 1}, \"bias\": 0, \"supported\": 0.5, \"partly\": 0.1, \"scores\": {}}", "not json"})
  void refusesADamagedFileAndNamesIt(String content, @TempDir Path folder) throws IOException {
    Files.writeString(folder.resolve(GroundingScorer.FILE), content);
    assertThatThrownBy(() -> GroundingScorer.load(folder))
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining(GroundingScorer.FILE).hasMessageContaining("train it again");
  }
}
