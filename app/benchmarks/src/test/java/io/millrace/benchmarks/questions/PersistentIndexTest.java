// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.questions;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.spi.Embedder;
import io.millrace.memory.PassageIndex;
import io.millrace.memory.SearchSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class PersistentIndexTest {

  @TempDir private Path place;

  /** Fails after so many texts, as a process that is stopped does. */
  private static final class Fragile implements Embedder {
    private int left;
    private int embedded;

    Fragile(int left) {
      this.left = left;
    }

    @Override
    public String model() {
      return "fragile";
    }

    @Override
    public int dimension() {
      return 2;
    }

    @Override
    public List<float[]> embedQueries(List<String> texts) {
      return texts.stream().map(text -> new float[] {1, 0}).toList();
    }

    @Override
    public List<float[]> embedPassages(List<String> texts) {
      left -= texts.size();
      if (left < 0) {
        throw new IllegalStateException("stopped");
      }
      embedded += texts.size();
      return embedQueries(texts);
    }

    @Override
    public void close() {}
  }

  private static List<Passage> passages(int documents, String text) {
    return IntStream.range(0, documents * 2).mapToObj(i -> new Passage("d" + i / 2 + "#" + i % 2, "d" + i / 2, i % 2, "", List.of("d" + i / 2),
        "", text + i, Language.ENGLISH, null)).toList();
  }

  @Test
  void goesOnWhereItWasStopped() throws IOException {
    List<Passage> passages = passages(1_000, "text ");
    assertThatThrownBy(() -> PersistentIndex.fill(place, passages, Map.of(Language.ENGLISH, new Fragile(1_500)), _ -> { }))
        .hasMessage("stopped");
    Fragile rest = new Fragile(10_000);
    List<String> said = new ArrayList<>();
    PersistentIndex.fill(place, passages, Map.of(Language.ENGLISH, rest), said::add);
    assertThat(rest.embedded).isEqualTo(2_000 - 1_024);
    assertThat(said).containsExactly("512 of 1,000 documents are embedded already");
    try (PassageIndex index = new PassageIndex(place, Map.of(Language.ENGLISH, rest), SearchSettings.DEFAULT)) {
      assertThat(index.counts()).isEqualTo(new PassageIndex.Counts(1_000, 2_000, 2_000));
    }
  }

  @Test
  void beginsAnewWithOtherTexts() throws IOException {
    PersistentIndex.fill(place, passages(10, "text "), Map.of(Language.ENGLISH, new Fragile(100)), _ -> { });
    Fragile second = new Fragile(100);
    PersistentIndex.fill(place, passages(8, "other "), Map.of(Language.ENGLISH, second), _ -> { });
    try (PassageIndex index = new PassageIndex(place, Map.of(Language.ENGLISH, second), SearchSettings.DEFAULT)) {
      assertThat(index.counts()).isEqualTo(new PassageIndex.Counts(8, 16, 16));
    }
  }
}
