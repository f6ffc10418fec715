// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.log.PassageVectors;
import io.millrace.core.log.PassageVectors.PassageVector;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Neighbours.Neighbour;
import org.apache.lucene.util.VectorUtil;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class PassageIndexTest extends PassageIndexFixture {

  @Test
  void appliesAVectorOnlyToTheTextItWasMadeFrom() throws IOException {
    Passage before = passage("a/Page", 0, "", "old words");
    Passage after = passage("a/Page", 0, "", "new words");
    index.put("a/Page", List.of(after));
    index.putVectors("a/Page", vectors(List.of(before)));
    index.refresh();
    assertThat(index.counts()).isEqualTo(new PassageIndex.Counts(1, 1, 0));

    index.putVectors("a/Page", vectors(List.of(after)));
    index.refresh();
    assertThat(index.counts()).isEqualTo(new PassageIndex.Counts(1, 1, 1));
  }

  @Test
  void keepsVectorsThatArriveBeforeTheirPassages() throws IOException {
    List<Passage> passages = List.of(passage("a/Page", 0, "", "one"), passage("a/Page", 1, "", "two"));
    index.putVectors("a/Page", vectors(passages));
    index.commit(Map.of());
    index.close();
    open();
    assertThat(index.counts()).isEqualTo(new PassageIndex.Counts(0, 0, 0));

    index.put("a/Page", passages);
    index.refresh();
    assertThat(index.counts()).isEqualTo(new PassageIndex.Counts(1, 2, 2));
  }

  @Test
  void keepsVectorsOfALaterTextThatArriveBeforeIt() throws IOException {
    List<Passage> first = List.of(passage("a/Page", 0, "", "first edition"));
    List<Passage> second = List.of(passage("a/Page", 0, "", "second edition"));
    List<Passage> third = List.of(passage("a/Page", 0, "", "third edition"));
    index.put("a/Page", first);
    index.putVectors("a/Page", vectors(first));
    index.refresh();
    index.putVectors("a/Page", vectors(second));
    index.putVectors("a/Page", vectors(third));
    index.commit(Map.of());
    index.close();
    open();
    assertThat(index.counts()).as("the old text keeps its own").isEqualTo(new PassageIndex.Counts(1, 1, 1));

    index.put("a/Page", second);
    index.refresh();
    assertThat(index.counts()).as("overtaken").isEqualTo(new PassageIndex.Counts(1, 1, 0));
    index.put("a/Page", third);
    index.refresh();
    assertThat(index.counts()).isEqualTo(new PassageIndex.Counts(1, 1, 1));

    index.putVectors("a/Page", vectors(second));
    index.delete("a/Page");
    index.put("a/Page", second);
    index.refresh();
    assertThat(index.counts()).as("put again after a deletion").isEqualTo(new PassageIndex.Counts(1, 1, 1));
    index.putVectors("a/Page", vectors(first));
    index.deleteVectors("a/Page", vectors(first).model());
    index.delete("a/Page");
    index.put("a/Page", first);
    index.refresh();
    assertThat(index.counts()).as("deleted with its text").isEqualTo(new PassageIndex.Counts(1, 1, 0));
  }

  @Test
  void aPassageThatMakesNoSenseIsRefusedAndKeepsNoOtherOut() throws IOException {
    String endless = "x".repeat(40_000);
    assertThatThrownBy(() -> index.put(endless, List.of(passage(endless, 0, "", "text"))))
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("40000 characters");
    assertThatThrownBy(() -> index.delete(endless)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> index.put("c", List.of(new Passage(null, "c", 0, "", List.of(), "", "text", Language.ENGLISH, null, Set.of()))))
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("'null'");
    index.put("b/Page", List.of(passage("b/Page", 0, endless, "another text")));
    index.refresh();
    assertThat(index.refused()).isEmpty();
    assertThat(index.counts()).isEqualTo(new PassageIndex.Counts(1, 1, 0));
  }

  @Test
  void keepsTheVectorsOfPassagesThatDidNotChange() throws IOException {
    Passage stays = passage("a/Page", 0, "", "stays as it is");
    index.put("a/Page", List.of(stays, passage("a/Page", 1, "", "first edition")));
    index.putVectors("a/Page", vectors(List.of(stays, passage("a/Page", 1, "", "first edition"))));
    index.refresh();

    index.put("a/Page", List.of(stays, passage("a/Page", 1, "", "second edition"), passage("a/Page", 2, "", "more")));
    assertThat(index.withoutEmbeddings("a/Page")).extracting(Passage::text).containsExactly("second edition", "more");
    index.refresh();

    assertThat(index.withoutEmbeddings("a/Page")).extracting(Passage::text).containsExactly("second edition", "more");
    assertThat(index.counts()).isEqualTo(new PassageIndex.Counts(1, 3, 1));
    assertThat(index.passages("a/Page")).extracting(Passage::text)
        .containsExactly("stays as it is", "second edition", "more");
  }

  @Test
  void forgetsDeletedDocuments() throws IOException {
    fill();
    index.delete(WRITER);
    index.refresh();

    assertThat(index.passages(WRITER)).isEmpty();
    assertThat(ids("addDocument")).noneMatch(id -> id.startsWith(WRITER + "#"));
    assertThat(index.embedding(WRITER, Access.EVERYTHING)).isEmpty();
  }

  @Test
  void knowsDocumentsOfLikeContent() throws IOException {
    fill();

    List<Neighbour> near = index.nearest(READER, 2, Access.EVERYTHING);

    float[] reader = index.embedding(READER, Access.EVERYTHING).orElseThrow();
    float[] writer = index.embedding(WRITER, Access.EVERYTHING).orElseThrow();
    assertThat(near).singleElement().satisfies(n -> {
      assertThat(n.document()).isEqualTo(WRITER);
      assertThat(n.similarity()).isCloseTo(VectorUtil.dotProduct(reader, writer), within(1e-5)).isLessThan(1);
    });
    assertThat(index.embedding(READER, Access.EVERYTHING)).get().satisfies(v -> assertThat(v).hasSize(384));
    assertThat(index.nearest("nobody/knows", 5, Access.EVERYTHING)).isEmpty();
  }

  @Test
  void refusesVectorsThatAreNoneOfTheirModel() throws IOException {
    Passage passage = passage("a/Page", 0, "", "one");
    index.put("a/Page", List.of(passage));

    assertThatThrownBy(
            () ->
                index.putVectors(
                    "a/Page",
                    new PassageVectors(
                        "a/Page",
                        "bge-small-en-v1.5",
                        List.of(new PassageVector(TextHash.of(passage), new float[3])))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("3 dimensions")
        .hasMessageContaining("384");
  }

  @Test
  void keepsWhatWasCommittedAndItsFacts() throws IOException {
    fill();
    index.commit(Map.of("passages.0", "17"));
    index.put("late/Page", List.of(passage("late/Page", 0, "", "never committed")));
    index.close();
    open();

    assertThat(index.committed()).containsEntry("passages.0", "17");
    assertThat(index.counts().documents()).isEqualTo(3);
    assertThat(ids("addDocument")).startsWith(WRITER + "#1");
  }

  @Test
  void startsAnewWhenTheIndexIsDamagedOrMadeWithOtherModels() throws IOException {
    fill();
    index.commit(Map.of("passages.0", "17"));
    index.close();
    index = new PassageIndex(folder, Map.of(Language.ENGLISH, TestModels.english()), SearchSettings.DEFAULT);
    assertThat(index.committed()).isEmpty();
    assertThat(index.counts().documents()).isZero();
    fill();
    index.commit(Map.of("passages.0", "18"));
    index.close();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(f -> f.getFileName().toString().startsWith("segments_")).toList()) {
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
          bytes.seek(bytes.length() / 2);
          bytes.write(new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
        }
      }
    }
    open();
    assertThat(index.committed()).isEmpty();
    fill();
    assertThat(ids("addDocument")).startsWith(WRITER + "#1");
  }

  /** A filter of keys says what format lies behind it, and is read before its checksum is. */
  @Test
  void startsAnewWhereAFilterOfKeysIsDamaged() throws IOException {
    fill();
    index.commit(Map.of("passages.0", "17"));
    index.close();
    int damaged = 0;
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".cfs") || f.toString().endsWith(".blm")).toList()) {
        String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
        int at = bytes.indexOf("Lucene104", bytes.indexOf("BloomFilter"));
        if (bytes.contains("BloomFilter") && at > 0) {
          Files.writeString(file, bytes.substring(0, at) + "Xuc" + bytes.substring(at + 3), StandardCharsets.ISO_8859_1);
          damaged++;
        }
      }
    }
    assertThat(damaged).isPositive();
    open();
    assertThat(index.committed()).isEmpty();
    fill();
    assertThat(ids("addDocument")).startsWith(WRITER + "#1");
  }

  @Test
  void saysSoWhenAnotherOneHasTheIndexOpen() {
    assertThatThrownBy(() -> new PassageIndex(folder, embedders(), SearchSettings.DEFAULT))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(folder.toString())
        .hasMessageContaining("another");
  }
}
