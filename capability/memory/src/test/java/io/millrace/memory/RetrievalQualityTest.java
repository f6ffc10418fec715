// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Language;
import io.millrace.core.spi.Embedder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * Excerpts of public collections, small enough for every build. {@link EvaluateRetrieval} measures the whole ones:
 * Cranfield .568 (words alone .483, meaning alone .532), CMRC 2018 .992 (.988, .959).
 */
class RetrievalQualityTest {

  private static final Path DATA = Path.of(System.getProperty("millrace.data", "none"));

  @TempDir Path folder;

  @Test
  void measuresWhatItClaimsTo() {
    assertThat(RankingQuality.ndcgAt10(List.of("a", "x", "b"), Set.of("a", "b")))
        .isCloseTo((1 + 1 / 2.0) / (1 + Math.log(2) / Math.log(3)), within(1e-12));
    assertThat(RankingQuality.ndcgAt10(List.of(), Set.of("a"))).isZero();
    assertThat(RankingQuality.recallAt100(List.of("a", "x"), Set.of("a", "b"))).isEqualTo(0.5);
  }

  @Test
  void ranksCranfieldWell() throws IOException {
    assumeTrue(Files.isDirectory(DATA.resolve("cranfield")));
    RetrievalSet set = RetrievalSet.cranfield(DATA).excerpt(30, 300);

    EvaluateRetrieval.Scores scores = measure(set, Language.ENGLISH, TestModels.english());

    System.out.println("Cranfield excerpt: " + scores);
    assertThat(scores.ndcgAt10()).isGreaterThan(0.64);
  }

  @Test
  void ranksChineseWikipediaWell() throws IOException {
    assumeTrue(Files.isDirectory(DATA.resolve("cmrc2018")));
    RetrievalSet set = RetrievalSet.cmrc(DATA).excerpt(200, 120);

    EvaluateRetrieval.Scores scores = measure(set, Language.CHINESE, TestModels.chinese());

    System.out.println("CMRC 2018 excerpt: " + scores);
    assertThat(scores.ndcgAt10()).isGreaterThan(0.985);
  }

  private EvaluateRetrieval.Scores measure(RetrievalSet set, Language language, Embedder embedder)
      throws IOException {
    try (PassageIndex index = new PassageIndex(folder, Map.of(language, embedder), SearchSettings.DEFAULT)) {
      EvaluateRetrieval.index(set, index, embedder);
      return EvaluateRetrieval.measure(set, index);
    }
  }
}
