// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.document;

import io.millrace.core.json.Json;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;

class PassagesTest {

  private static final Section INTRODUCTION = section("", "class", "Mill", "public class Mill", "Grinds grain.");

  private static Section section(String anchor, String kind, String heading, String signature, String text) {
    return new Section(anchor, kind, heading, signature, text, List.of());
  }

  private static Document document(Section... sections) {
    return new Document(
        "mill/Mill",
        "test",
        "class",
        Language.ENGLISH,
        "Mill",
        List.of("mill", "Mill"),
        "https://example.org/Mill.html",
        List.of(sections),
        List.of(),
        Instant.EPOCH,
        Map.of(), Set.of());
  }

  @Test
  void aSectionIsOnePassageThatNamesItsPlaceAndCarriesItsDetails() {
    Section grind =
        new Section(
            "grind(int)",
            "method",
            "grind",
            "public Flour grind(int stones)",
            "Grinds once.",
            List.of(
                new Section.Detail("parameter", "stones", "how many stones turn"),
                new Section.Detail("returns", "", "the flour")));

    List<Passage> passages = Passages.of(document(INTRODUCTION, grind));

    assertThat(passages).extracting(Passage::id).containsExactly("mill/Mill#0", "mill/Mill#1");
    assertThat(passages.get(0).text()).isEqualTo("Mill\npublic class Mill\nGrinds grain.");
    assertThat(passages.get(1).text())
        .isEqualTo(
            "Mill.grind\npublic Flour grind(int stones)\nGrinds once.\n"
                + "parameter stones: how many stones turn\nreturns: the flour");
    assertThat(passages.get(1).url()).isEqualTo("https://example.org/Mill.html#grind%28int%29");
    assertThat(passages.get(1).path()).containsExactly("mill", "Mill");
  }

  @Test
  void membersWithoutProseAreGatheredBehindTheOthers() {
    Section get = section("get()", "method", "get", "int get()", "");
    Section put = section("put()", "method", "put", "void put()", "");
    Section grind = section("grind()", "method", "grind", "void grind()", "Grinds.");

    List<Passage> passages = Passages.of(document(INTRODUCTION, get, grind, put));

    assertThat(passages).hasSize(3);
    assertThat(passages.getLast().text()).isEqualTo("Mill\nint get()\nvoid put()");
    assertThat(passages.getLast().heading()).isEqualTo("get, put");
    assertThat(passages.getLast().anchor()).isEqualTo("get()");
  }

  @Test
  void aPageWithoutAnyProseIsStillOnePassage() {
    List<Passage> passages =
        Passages.of(document(section("", "class", "Mill", "", ""), section("get()", "method", "get", "int get()", "")));

    assertThat(passages).singleElement().extracting(Passage::text).isEqualTo("Mill\nint get()");
  }

  @Test
  void longSectionsAreCutAtSentenceEndsAndNothingIsLost() {
    Random random = new Random(7);
    for (int round = 0; round < 50; round++) {
      List<String> sentences = new ArrayList<>();
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < 60; i++) {
        String sentence =
            random.nextBoolean()
                ? "Stone " + i + " turns " + "round ".repeat(random.nextInt(20)) + "and rests."
                : "第" + i + "块磨石" + "转动".repeat(1 + random.nextInt(40)) + "。";
        sentences.add(sentence);
        text.append(sentence).append(random.nextInt(5) == 0 ? "\n" : " ");
      }
      List<Passage> passages = Passages.of(document(section("s", "text", "Stones", "", text.toString())));

      assertThat(passages).hasSizeGreaterThan(1);
      for (Passage passage : passages) {
        assertThat(passage.text()).startsWith("Mill › Stones\n").hasSizeLessThanOrEqualTo(Passages.LONGEST);
      }
      String all = String.join("\n", passages.stream().map(Passage::text).toList());
      assertThat(sentences).allSatisfy(sentence -> assertThat(all).contains(sentence));
    }
  }

  @Test
  void aSentenceWithoutAnyEndIsCutWhereItMust() {
    String endless = "x".repeat(5_000);

    List<Passage> passages = Passages.of(document(section("s", "text", "Stones", "", endless)));

    assertThat(passages).allSatisfy(p -> assertThat(p.text()).hasSizeLessThanOrEqualTo(Passages.LONGEST));
    assertThat(passages.stream().mapToLong(p -> p.text().chars().filter(c -> c == 'x').count()).sum())
        .isEqualTo(5_000);
  }

  @Test
  void sentencesOfBothLanguagesAreFoundAndAbbreviationsAreKept() {
    assertThat(Sentences.of("Adds a document, e.g. Lucene's. Returns its number. 添加文档。返回序号！"))
        .containsExactly("Adds a document, e.g. Lucene's.", "Returns its number.", "添加文档。", "返回序号！");
  }

  @Test
  void aLinkGoesToThePassagesThatHoldItsWordsAndElseToTheIntroduction() {
    Document mill =
        document(
            INTRODUCTION, section("wheel", "text", "Wheel", "", "Turned by Water, as a Watermill is."),
            section("stones", "text", "Stones", "", "Cut from granite; 石磨由磨坊制造。"));
    Document linked =
        mill.withContent(
            mill.sections(),
            List.of(
                new Link("water/Water", "Water", "see"), new Link("mill/Mill", "Mill", "see"), new Link("rock/Granite", "granite", "see"),
                new Link("zh/磨坊", "磨坊", "see"), new Link("https://example.org/", "ranit", "see"), new Link("other", "", "see")));

    List<Passage> passages = Passages.of(linked);

    assertThat(passages.get(0).links()).containsExactly("https://example.org/", "other");
    assertThat(passages.get(1).links()).containsExactly("water/Water");
    assertThat(passages.get(2).links()).containsExactly("rock/Granite", "zh/磨坊");
    assertThat(Passages.of(mill)).allSatisfy(passage -> assertThat(passage.links()).isEmpty());
  }

  @Test
  void aPassageHasSixtyFourLinksAtMostAndIsReadAsItWasWrittenWithoutAny() {
    List<Link> many = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      many.add(new Link("page/" + i, "", "see"));
    }
    Passage hub = Passages.of(document(INTRODUCTION).withContent(List.of(INTRODUCTION), many)).getFirst();
    assertThat(hub.links()).hasSize(Passages.MOST_LINKS).startsWith("page/0", "page/1");
    assertThat(Json.read(Json.bytes(hub), Passage.class)).isEqualTo(hub);

    Passage bare = hub.withLinks(List.of());
    String written = new String(Json.bytes(bare), StandardCharsets.UTF_8);
    assertThat(written).doesNotContain("links");
    assertThat(Json.read(written, Passage.class)).isEqualTo(bare);
  }
}
