// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.memory;

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
import java.util.Set;
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

  private static List<String> documents(int count) {
    return IntStream.range(0, count).mapToObj(i -> "d" + i).toList();
  }

  /** Two of each document. */
  private static List<Passage> passages(int documents, String text) {
    return IntStream.range(0, documents * 2).mapToObj(i -> new Passage("d" + i / 2 + "#" + i % 2, "d" + i / 2, i % 2, "", List.of("d" + i / 2),
        "", text + i, Language.ENGLISH, null, Set.of())).toList();
  }

  private List<String> fill(int documents, List<Passage> passages, Fragile embedder) throws IOException {
    List<String> said = new ArrayList<>();
    PersistentIndex.fill(place, documents(documents), passages, Map.of(Language.ENGLISH, embedder), said::add);
    return said;
  }

  private PassageIndex.Counts counts() {
    try (PassageIndex index = new PassageIndex(place, Map.of(Language.ENGLISH, new Fragile(0)), SearchSettings.DEFAULT)) {
      return index.counts();
    }
  }

  @Test
  void goesOnWhereItWasStopped() throws IOException {
    List<Passage> passages = passages(1_000, "text ");
    assertThatThrownBy(() -> fill(1_000, passages, new Fragile(1_500))).hasMessage("stopped");
    Fragile rest = new Fragile(10_000);
    assertThat(fill(1_000, passages, rest)).containsExactly("1,024 of 2,000 passages are embedded already");
    assertThat(rest.embedded).isEqualTo(2_000 - 1_024);
    assertThat(counts()).isEqualTo(new PassageIndex.Counts(1_000, 2_000, 2_000));
  }

  @Test
  void embedsOnlyWhatIsNewAndDropsWhatIsNotWantedAnyMore() throws IOException {
    List<Passage> all = passages(10, "text ");
    fill(10, all.subList(0, 12), new Fragile(100));
    Fragile second = new Fragile(100);
    fill(10, all.subList(6, 16), second);
    assertThat(second.embedded).isEqualTo(4);
    assertThat(counts()).isEqualTo(new PassageIndex.Counts(5, 10, 10));
    Fragile changed = new Fragile(100);
    fill(10, passages(8, "other ").subList(6, 16), changed);
    assertThat(changed.embedded).isEqualTo(10);
  }

  @Test
  void beginsAnewWithAnotherCorpus() throws IOException {
    fill(10, passages(10, "text "), new Fragile(100));
    Fragile second = new Fragile(100);
    assertThat(fill(8, passages(8, "text "), second)).isEmpty();
    assertThat(counts()).isEqualTo(new PassageIndex.Counts(8, 16, 16));
  }
}
