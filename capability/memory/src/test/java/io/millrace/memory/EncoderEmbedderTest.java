// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class EncoderEmbedderTest {

  @Test
  void putsAlikeTextsNearerThanOthersInBothLanguages() {
    List<float[]> english =
        TestModels.english()
            .embedPassages(
                List.of(
                    "how to charge a phone",
                    "ways of charging a mobile phone battery",
                    "the stock market fell sharply today"));
    List<float[]> chinese =
        TestModels.chinese().embedPassages(List.of("怎么给手机充电", "手机电池充电的方法", "今天股票市场大幅下跌"));

    assertThat(dot(english.get(0), english.get(1))).isGreaterThan(dot(english.get(0), english.get(2)) + 0.2);
    assertThat(dot(chinese.get(0), chinese.get(1))).isGreaterThan(dot(chinese.get(0), chinese.get(2)) + 0.2);
    assertThat(english.getFirst()).hasSize(384).hasSize(TestModels.english().dimension());
    assertThat(chinese.getFirst()).hasSize(512).hasSize(TestModels.chinese().dimension());
  }

  @Test
  void givesTheSameUnitVectorAloneAndInABatchOfManyLengths() {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      texts.add("word ".repeat(1 + (i * 37) % 90) + i);
    }
    List<float[]> together = TestModels.english().embedPassages(texts);

    for (int i : new int[] {0, 17, 42, 59}) {
      float[] alone = TestModels.english().embedPassages(List.of(texts.get(i))).getFirst();
      assertThat(together.get(i)).as("text %d", i).containsExactly(alone, within(2e-4f));
      assertThat(dot(alone, alone)).isCloseTo(1, within(1e-5));
    }
  }

  @Test
  void cutsTextsThatExceedTheContext() {
    float[] cut = TestModels.english().embedPassages(List.of("lucene ".repeat(510))).getFirst();
    float[] whole = TestModels.english().embedPassages(List.of("lucene ".repeat(20_000))).getFirst();

    assertThat(whole).containsExactly(cut, within(1e-4f));
  }

  @Test
  void putsTheInstructionBeforeEnglishQuestionsOnly() {
    String english = "which class adds a document to the index";
    String chinese = "哪个类向索引添加文档";

    assertThat(TestModels.english().embedQueries(List.of(english)).getFirst())
        .containsExactly(
            TestModels.english()
                .embedPassages(List.of(BgeModel.ENGLISH.queryInstruction() + english))
                .getFirst(),
            within(1e-6f));
    assertThat(TestModels.chinese().embedQueries(List.of(chinese)).getFirst())
        .containsExactly(TestModels.chinese().embedPassages(List.of(chinese)).getFirst(), within(1e-6f));
  }

  @Test
  void embedsNothingAndTheEmptyText() {
    assertThat(TestModels.english().embedQueries(List.of())).isEmpty();
    assertThat(TestModels.english().embedPassages(List.of("", " \u0000\ud800 "))).hasSize(2);
  }

  @Test
  void refusesNoThreads() {
    assertThatThrownBy(() -> new EncoderEmbedder(BgeModel.ENGLISH, 0))
        .hasMessageContaining("threads 0");
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }
}
