// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.graph;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

import static org.assertj.core.api.Assertions.assertThat;

class EntitiesTest {

  @Test
  void readsIdentifiersAndCodes() {
    assertThat(Entities.of("Call IndexWriter.addDocument(doc) or max_value, then org.apache.lucene.index; see RFC 2616 and utf8."))
        .contains("indexwriter.adddocument", "indexwriter", "adddocument", "max_value", "org.apache.lucene.index", "utf8", "rfc");
    assertThat(Entities.of("e.g. this is, i.e. nothing at all (or so).")).isEmpty();
  }

  @Test
  void readsCapitalisedNamesButNotWhatMerelyBeginsASentence() {
    assertThat(Entities.of("Water flows. The works of Halden Works, near the University of Oslo, were seen by Maria von Trapp."))
        .contains("halden works", "university of oslo", "maria von trapp").doesNotContain("water", "the");
    assertThat(Entities.of("Halden Works opened in spring.")).containsExactly("halden works");
  }

  @Test
  void readsChineseTitlesAndQuotations() {
    assertThat(Entities.of("《滕王阁序》的作者是“王勃”，又见「落霞孤鹜」和『秋水』。")).containsExactly("滕王阁序", "王勃", "落霞孤鹜", "秋水");
    assertThat(Entities.of("使用 EasyExcel 读取 HashMap。")).containsExactly("easyexcel", "hashmap");
  }

  @Test
  void normalisesWidthCaseAndMarks() {
    assertThat(Entities.normalise("  ＡＢＣ—Halden’s  Works! ")).isEqualTo("abc halden s works");
    assertThat(Entities.normalise("Map.Entry")).isEqualTo("map.entry");
    assertThat(Entities.normalise("End.")).isEqualTo("end");
  }

  @Test
  void aPassageOwnsWhatItIsCalledAndHoldsWhatItNamesAndLinksTo() {
    Passage passage =
        new Passage(
            "lib/Map.Entry#1", "lib/Map.Entry", 1, "getKey()", List.of("lib", "Map.Entry"), "getKey", "Returns the key, unlike Map.Entry.getKey; "
                + "see HashMap.", Language.ENGLISH, "https://example.org/Map.Entry.html#getKey()", Set.of())
            .withLinks(List.of("lib/HashMap", "lib/TreeMap#put()"));
    PassageKeys keys = PassageKeys.of(passage);
    assertThat(keys.owns())
        .contains("=map.entry", "=getkey", "=entry.getkey", "=entry", ">lib/Map.Entry", ">lib/Map.Entry#getKey()",
            ">https://example.org/Map.Entry.html", ">https://example.org/Map.Entry.html#getKey()");
    assertThat(keys.holds()).contains("=hashmap", ">lib/HashMap", ">lib/TreeMap#put()", ">lib/TreeMap").doesNotContain("=getkey");
    assertThat(keys.leaving()).contains(">lib/HashMap", ">lib/TreeMap#put()").doesNotContain(">lib/TreeMap");
  }

  @Test
  void findsTheLongestTitleThatCountsAsABruteForceSearchDoes() throws IOException {
    Random random = new Random(3);
    for (int round = 0; round < 300; round++) {
      Set<String> titles = new TreeSet<>();
      TitleBook.Builder first = new TitleBook.Builder();
      TitleBook.Builder second = new TitleBook.Builder();
      for (int i = 0; i < 12; i++) {
        String title = random.nextBoolean() ? han(random, 2 + random.nextInt(4)) : words(random, 2 + random.nextInt(3));
        titles.add(title);
        (random.nextBoolean() ? first : second).add(title);
      }
      Set<String> hidden = Set.copyOf(titles.stream().filter(_ -> random.nextInt(3) == 0).toList());
      String text = Entities.normalise(han(random, 12) + " " + words(random, 12) + "，" + han(random, 9) + words(random, 2));
      List<String> expected = new ArrayList<>();
      for (int start = 0; start < text.length(); ) {
        int end = text.length();
        while (end > start && !counts(text, start, end, titles, hidden)) {
          end--;
        }
        if (end > start) {
          expected.add(text.substring(start, end));
          start = end;
        } else {
          start++;
        }
      }
      List<String> found =
          TitleBook.mentioned(text, List.of(first.build(), second.build()), 100, title -> titles.contains(title) && !hidden.contains(title));
      assertThat(found).as("%s in %s", titles, text).isEqualTo(expected);
    }
  }

  private static boolean counts(String text, int start, int end, Set<String> titles, Set<String> hidden) {
    String part = text.substring(start, end);
    boolean han = Character.isIdeographic(part.charAt(0));
    boolean begins = han || start == 0 || text.charAt(start - 1) == ' ' || Character.isIdeographic(text.charAt(start - 1));
    boolean ends = han || end == text.length() || text.charAt(end) == ' ';
    return titles.contains(part) && !hidden.contains(part) && begins && ends;
  }

  private static String han(Random random, int length) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append("王勃序阁".charAt(random.nextInt(4)));
    }
    return text.toString();
  }

  private static String words(Random random, int count) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      text.append(i == 0 ? "" : " ").append(List.of("mill", "wheel", "of", "grain").get(random.nextInt(4)));
    }
    return text.toString();
  }
}
