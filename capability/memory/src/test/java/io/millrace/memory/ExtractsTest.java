// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Document;
import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.document.Passages;
import io.millrace.core.document.Section;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Retriever.Hit;
import io.millrace.memory.Extract.Scope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ExtractsTest {

  private static final int PLENTY = 100_000;

  @TempDir Path folder;
  private PassageIndex index;

  @BeforeEach
  void open() throws IOException {
    index = new PassageIndex(folder, Map.of(), SearchSettings.DEFAULT);
    put("mill", section("wheel", 8), section("stones", 60), section("sluice", 8), section("roof", 40));
    put("short", section("whole", 4));
    index.refresh();
  }

  @AfterEach
  void close() {
    index.close();
  }

  @Test
  void aPieceStaysAPieceWhereNothingElseFitsAndItsSectionIsCompletedWhereItDoes() {
    List<Passage> pieces = of("mill", "stones");
    assertThat(pieces).hasSizeGreaterThan(2);
    Passage middle = pieces.get(1);

    Extract piece = only(extracts(Extracts.tokens(middle.text()), middle));
    assertThat(piece.scope()).isEqualTo(Scope.PASSAGE);
    assertThat(piece.text()).isEqualTo(middle.text());

    Extract section = only(extracts(Extracts.tokens(whole(pieces)), middle));
    assertThat(section.scope()).isEqualTo(Scope.SECTION);
    assertThat(section.passages()).isEqualTo(pieces);
    assertThat(section.text()).containsOnlyOnce("Mill mill › stones").contains("stones sentence 0 ", "stones sentence 59 ");
  }

  @Test
  void sectionsThatAreHalfOfADocumentBringAllOfIt() {
    List<Passage> found = new ArrayList<>(of("mill", "stones"));
    found.removeLast();
    found.addAll(of("mill", "roof"));

    Extract all = only(extracts(PLENTY, found.toArray(Passage[]::new)));

    assertThat(all.scope()).isEqualTo(Scope.DOCUMENT);
    assertThat(all.passages()).isEqualTo(index.passages("mill", Access.EVERYTHING));
    int sections = Extracts.tokens(all.text()) - 1;
    assertThat(extracts(sections, found.toArray(Passage[]::new))).as("one token too few for all of it")
        .allSatisfy(each -> assertThat(each.scope()).isEqualTo(Scope.SECTION));
  }

  @Test
  void extractsStandInTheOrderOfTheirBestHitsAndWhatDoesNotFitIsPassedOver() {
    Passage wheel = of("mill", "wheel").getFirst();
    Passage piece = of("mill", "stones").getFirst();
    Passage whole = of("short", "whole").getFirst();
    int budget = Extracts.tokens(whole.text()) + Extracts.tokens(wheel.text());

    List<Extract> extracts = extracts(budget, whole, piece, wheel);

    assertThat(extracts).extracting(each -> each.passages().getFirst()).containsExactly(whole, wheel);
    assertThat(extracts).extracting(Extract::score).isSortedAccordingTo(Collections.reverseOrder());
    assertThat(extracts(1, whole)).isEmpty();
  }

  @Test
  void theBudgetHoldsWhateverIsFound() {
    Random random = new Random(7);
    List<Passage> all = new ArrayList<>(index.passages("mill", Access.EVERYTHING));
    all.addAll(index.passages("short", Access.EVERYTHING));
    for (int trial = 0; trial < 300; trial++) {
      Collections.shuffle(all, random);
      int budget = 1 + random.nextInt(3_000);
      List<Passage> found = all.subList(0, 1 + random.nextInt(all.size()));
      List<Extract> extracts = extracts(budget, found.toArray(Passage[]::new));
      assertThat(extracts.stream().mapToInt(each -> Extracts.tokens(each.text())).sum()).isLessThanOrEqualTo(budget);
      List<Passage> taken = extracts.stream().flatMap(each -> each.passages().stream()).toList();
      assertThat(taken).doesNotHaveDuplicates();
      if (Extracts.tokens(found.getFirst().text()) <= budget) {
        assertThat(taken).as("the best hit fits").contains(found.getFirst());
      }
    }
  }

  @Test
  void whatTheReaderMayNotSeeOrHasChangedIsNotRead() throws IOException {
    Passage wheel = of("mill", "wheel").getFirst();
    assertThat(Extracts.of(hits(wheel), PLENTY, index, Access.of(Set.of()))).isNotEmpty();
    put("mill", Set.of("secret"), section("wheel", 8), section("stones", 60));
    index.refresh();
    assertThat(Extracts.of(hits(wheel), PLENTY, index, Access.of(Set.of()))).isEmpty();
    put("mill", section("wheel", 9));
    index.refresh();
    assertThat(extracts(PLENTY, wheel)).as("another text than the one that was found").isEmpty();
    assertThatThrownBy(() -> extracts(0, wheel)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("0 tokens");
  }

  @Test
  void tokensAreEstimatedByScript() {
    assertThat(Extracts.tokens("")).isZero();
    assertThat(Extracts.tokens("1234567")).isEqualTo(2);
    assertThat(Extracts.tokens("磨坊的水轮")).isEqualTo(5);
  }

  private List<Extract> extracts(int budget, Passage... found) {
    return Extracts.of(hits(found), budget, index, Access.EVERYTHING);
  }

  private static List<Hit> hits(Passage... found) {
    return IntStream.range(0, found.length).mapToObj(i -> new Hit(found[i], 1.0 / (i + 1), List.of())).toList();
  }

  private static Extract only(List<Extract> extracts) {
    assertThat(extracts).hasSize(1);
    return extracts.getFirst();
  }

  private static String whole(List<Passage> passages) {
    return passages.stream().map(Passage::text).collect(Collectors.joining("\n"));
  }

  private List<Passage> of(String document, String section) {
    return index.passages(document, Access.EVERYTHING).stream().filter(each -> each.anchor().equals(section)).toList();
  }

  private static Section section(String name, int sentences) {
    String text = IntStream.range(0, sentences).mapToObj(i -> "The " + name + " sentence " + i + " says something of the mill.")
        .collect(Collectors.joining(" "));
    return new Section(name, "description", name, "", text, List.of());
  }

  private void put(String id, Section... sections) throws IOException {
    put(id, Set.of(), sections);
  }

  private void put(String id, Set<String> labels, Section... sections) throws IOException {
    Document document =
        new Document(
            id, "api", "page", Language.ENGLISH, "Mill " + id, List.of(), null, List.of(sections), List.of(),
            Instant.EPOCH, Map.of(), labels);
    index.put(id, Passages.of(document));
  }
}
