// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

import io.millrace.core.document.Document;
import io.millrace.core.document.Language;
import io.millrace.core.document.Link;
import io.millrace.core.document.Section;
import io.millrace.core.document.Section.Detail;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

class JavadocPageTest {

  @TempDir Path work;

  private static final String ENTRY = "org/mill/Mill.html";

  private static String html(String format) {
    return switch (format) {
      case "8" -> JavadocFixtures.JDK_8;
      case "11" -> JavadocFixtures.JDK_11;
      case "17" -> JavadocFixtures.JDK_17;
      case "25" -> JavadocFixtures.JDK_25;
      default -> JavadocFixtures.CHINESE;
    };
  }

  private JavadocPage.Place place(String page) throws Exception {
    Map<String, String> pages = new LinkedHashMap<>();
    pages.put("element-list", "org.mill\n");
    pages.put(ENTRY, page);
    pages.put("org/mill/package-summary.html", "");
    for (String name : new String[] {"Engine", "Flour", "Grinder"}) {
      pages.put("org/mill/" + name + ".html", "");
    }
    JavadocJar jar = JavadocFixtures.jar(work.resolve("mill.jar"), "mill", pages);
    JavadocIndex index = JavadocIndex.of(jar);
    JavadocLinks links = new JavadocLinks(index, Map.of("java/io/IOException", "jdk/java/io/IOException"));
    return new JavadocPage.Place(jar, index, links, ENTRY, "mill/org/mill/Mill", Instant.EPOCH);
  }

  private Document parse(String html) throws Exception {
    return JavadocPage.parse(html.getBytes(StandardCharsets.UTF_8), place(html));
  }

  @ParameterizedTest
  @ValueSource(strings = {"8", "11", "17", "25"})
  void readsTheSameDocumentFromEveryFormat(String format) throws Exception {
    Document mill = parse(html(format));

    assertThat(mill.kind()).isEqualTo("class");
    assertThat(mill.title()).isEqualTo("Mill");
    assertThat(mill.path()).containsExactly("mill", "org.mill", "Mill");
    assertThat(mill.language()).isEqualTo(Language.ENGLISH);
    assertThat(mill.attributes()).containsEntry("qualifiedName", "org.mill.Mill").containsEntry("since", "1.2");
    assertThat(mill.sections()).extracting(Section::kind).containsExactly("description", "constructor", "method", "method");
    Section introduction = mill.sections().getFirst();
    assertThat(introduction.anchor()).isEmpty();
    assertThat(introduction.signature()).isEqualTo("public class Mill extends Engine");
    assertThat(introduction.text()).isEqualTo("Grinds grain to flour. See Flour.");
    assertThat(introduction.details()).containsExactly(new Detail("since", "", "1.2"));

    Section grind = mill.sections().get(2);
    assertThat(grind.heading()).isEqualTo("grind");
    assertThat(grind.anchor()).isEqualTo(format.equals("8") ? "grind-int-" : "grind(int)");
    assertThat(grind.signature()).isEqualTo("public Flour grind(int stones) throws IOException");
    assertThat(grind.text()).isEqualTo("Grinds once.\nThen rests.");
    assertThat(grind.details())
        .containsExactly(
            new Detail("deprecated", "", "use mill(int) instead"),
            new Detail("parameter", "stones", "how many stones turn"),
            new Detail("returns", "", "the flour"),
            new Detail("throws", "IOException", "if the brook is dry"));
    assertThat(mill.text()).doesNotContain("NAVIGATION", "SUMMARY", "clone", "a miller");
  }

  @ParameterizedTest
  @ValueSource(strings = {"8", "11", "17", "25"})
  void leavesOutWhatWasCopiedFromASupertypeAndLinksToIt(String format) throws Exception {
    Document mill = parse(html(format));

    Section stop = mill.sections().getLast();
    assertThat(stop.heading()).isEqualTo("stop");
    assertThat(stop.hasProse()).isFalse();
    assertThat(mill.links())
        .extracting(Link::kind, Link::target)
        .contains(
            tuple("inherits", "mill/org/mill/Grinder"),
            tuple("implements", "mill/org/mill/Grinder"),
            tuple("extends", "mill/org/mill/Engine"),
            tuple("mentions", "mill/org/mill/Flour"),
            tuple("mentions", "jdk/java/io/IOException"));
  }

  @Test
  void readsTheLabelsOfTheChineseLocale() throws Exception {
    Document mill = parse(JavadocFixtures.CHINESE);

    assertThat(mill.language()).isEqualTo(Language.CHINESE);
    assertThat(mill.sections().get(2).details())
        .extracting(Detail::kind)
        .containsExactly("deprecated", "parameter", "returns", "throws");
    assertThat(mill.sections().getFirst().details()).containsExactly(new Detail("since", "", "1.2"));
  }

  @Test
  void refusesAPageWithoutATypeAndSaysSo() {
    assertThatThrownBy(() -> parse("<html><body><h1>Not found</h1></body></html>"))
        .isInstanceOf(UnreadablePage.class)
        .hasMessageContaining("no type signature");
    assertThatThrownBy(() -> parse(JavadocFixtures.JDK_17.replace("public class ", "public thing ")))
        .isInstanceOf(UnreadablePage.class)
        .hasMessageContaining("public thing Mill");
  }

  @Test
  void neverThrowsAnythingElseHoweverThePageIsBroken() throws Exception {
    Random random = new Random(11);
    JavadocPage.Place place = place(JavadocFixtures.JDK_17);
    for (String format : new String[] {"8", "11", "17", "25", "zh"}) {
      byte[] whole = html(format).getBytes(StandardCharsets.UTF_8);
      for (int round = 0; round < 150; round++) {
        byte[] broken = Arrays.copyOf(whole, random.nextInt(whole.length));
        for (int i = 0; i < random.nextInt(20) && broken.length > 0; i++) {
          broken[random.nextInt(broken.length)] = (byte) "<>\"/&\0\u00ff ".charAt(random.nextInt(8));
        }
        try {
          Document document = JavadocPage.parse(broken, place);
          assertThat(document == null || !document.sections().isEmpty()).isTrue();
        } catch (UnreadablePage e) {
          assertThat(e.getMessage()).isNotBlank();
        }
      }
    }
  }

  @Test
  void deepNestingIsReadWithoutExhaustingTheStack() throws Exception {
    String deep = JavadocFixtures.JDK_17.replace("Grinds once.", "<div>".repeat(20_000) + "Grinds once.");

    try {
      assertThat(parse(deep)).isNotNull();
    } catch (UnreadablePage e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }
}
