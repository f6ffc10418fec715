// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.log.PassageVectors;
import io.millrace.core.log.PassageVectors.PassageVector;
import io.millrace.core.settings.VectorPrecision;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Embedder;
import io.millrace.core.spi.Retriever.Hit;
import io.millrace.core.spi.Retriever.Query;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class VectorPrecisionTest {

  private static final int PASSAGES = 3_000;
  private static final int QUESTIONS = 40;

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(VectorPrecision.class)
  void whatIsNearestIsFoundAndJudgedExactlyWhateverThePrecision(VectorPrecision precision) throws IOException {
    Scattered embedder = new Scattered();
    try (PassageIndex index = open(embedder, precision)) {
      fill(index, embedder);
      float[][] all = IntStream.range(0, PASSAGES).mapToObj(i -> embedder.vector(text(i))).toArray(float[][]::new);
      int found = 0;
      for (int question = 0; question < QUESTIONS; question++) {
        float[] vector = embedder.vector("question " + question);
        List<Integer> nearest =
            IntStream.range(0, PASSAGES).boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> -dot(vector, all[i])).thenComparing(i -> i))
                .limit(10)
                .toList();
        List<Hit> hits = index.search(Query.of("question " + question, 10, Access.EVERYTHING)).hits();
        Set<String> expected = Set.copyOf(nearest.stream().map(VectorPrecisionTest::id).toList());
        found += (int) hits.stream().filter(hit -> expected.contains(hit.passage().documentId())).count();
        assertThat(hits).allSatisfy(hit -> assertThat(hit.evidence().getFirst().raw())
            .isCloseTo(dot(vector, embedder.vector(hit.passage().text())), within(1e-6)));
      }
      assertThat(found / (10.0 * QUESTIONS)).isGreaterThanOrEqualTo(0.98);
    }
  }

  @Test
  void anotherPrecisionIsBuiltAnew() throws IOException {
    Scattered embedder = new Scattered();
    try (PassageIndex index = open(embedder, VectorPrecision.INT8)) {
      index.put("a", List.of(passage(0, "a")));
      index.commit(Map.of("passages.0", "1"));
    }
    try (PassageIndex index = open(embedder, VectorPrecision.INT8)) {
      assertThat(index.committed()).containsEntry("passages.0", "1");
    }
    try (PassageIndex index = open(embedder, VectorPrecision.BIT)) {
      assertThat(index.committed()).isEmpty();
      assertThat(index.counts().passages()).isZero();
    }
  }

  @Test
  void anUnknownNameIsRefusedWithThoseThatThereAre() {
    assertThat(VectorPrecision.ofName("int4")).isEqualTo(VectorPrecision.INT4);
    assertThatThrownBy(() -> VectorPrecision.ofName("int7")).isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'int7'").hasMessageContaining("float, int8, int4, bit");
  }

  private PassageIndex open(Embedder embedder, VectorPrecision precision) {
    SearchSettings byMeaning = SearchSettings.DEFAULT.with(ranking -> ranking.alone().withDenseShare(1)).withoutMerging();
    return new PassageIndex(folder, Map.of(Language.ENGLISH, embedder), byMeaning, precision, InstantSource.system());
  }

  private static void fill(PassageIndex index, Embedder embedder) throws IOException {
    for (int i = 0; i < PASSAGES; i++) {
      Passage passage = passage(i, id(i));
      index.put(id(i), List.of(passage));
      float[] vector = embedder.embedPassages(List.of(passage.text())).getFirst();
      index.putVectors(id(i), new PassageVectors(id(i), embedder.model(), List.of(new PassageVector(TextHash.of(passage), vector))));
    }
    index.refresh();
  }

  private static Passage passage(int i, String document) {
    return new Passage(document + "#0", document, 0, "", List.of(), "", text(i), Language.ENGLISH, null, Set.of());
  }

  private static String id(int i) {
    return "document-" + i;
  }

  private static String text(int i) {
    return "text " + i;
  }

  private static double dot(float[] one, float[] other) {
    double sum = 0;
    for (int i = 0; i < one.length; i++) {
      sum += (double) one[i] * other[i];
    }
    return sum;
  }

  /** Gives each text a place near one of fifty centres, as texts lie near their subjects. */
  private static final class Scattered implements Embedder {

    private static final int DIMENSION = 256;
    private static final int CENTRES = 50;

    @Override
    public String model() {
      return "scattered";
    }

    @Override
    public int dimension() {
      return DIMENSION;
    }

    @Override
    public List<float[]> embedQueries(List<String> texts) {
      return texts.stream().map(this::vector).toList();
    }

    @Override
    public List<float[]> embedPassages(List<String> texts) {
      return texts.stream().map(this::vector).toList();
    }

    float[] vector(String text) {
      Random own = new Random(text.hashCode());
      Random centre = new Random(own.nextInt(CENTRES));
      float[] vector = new float[DIMENSION];
      for (int i = 0; i < DIMENSION; i++) {
        vector[i] = (float) (centre.nextGaussian() + own.nextGaussian());
      }
      return Vectors.toUnitLength(vector);
    }

    @Override
    public void close() {}
  }
}
