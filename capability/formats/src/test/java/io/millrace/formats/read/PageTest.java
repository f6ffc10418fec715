// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.read;

import io.millrace.core.document.Document;
import io.millrace.core.document.Language;
import io.millrace.core.document.Section;
import io.millrace.core.document.Validity;
import io.millrace.core.spi.FileFormats.Reading;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.time.Instant;

import static org.assertj.core.api.Assertions.assertThat;

/** HTML, Markdown and text. */
class PageTest {

  @Test
  void frontMatterSaysWhenAPageMayBeFound() {
    Document page = Reads.one("offer.md", "---\nvalidFrom: 2026-01-01\nvalidUntil: '2026-02-01T12:00:00Z'\npinned: true\n---\n# Offer\n\nHalf.\n");
    assertThat(page.validity())
        .isEqualTo(new Validity(Instant.parse("2026-01-01T00:00:00Z"), Instant.parse("2026-02-01T12:00:00Z")));
    assertThat(page.attributes()).containsEntry("pinned", "true");
    for (String times : new String[] {"validUntil: soon", "validFrom: 2027-01-01\nvalidUntil: 2026-01-01"}) {
      Reading reading = Reads.reading("offer.md", ("---\n" + times + "\n---\n# Offer\n\nHalf.\n").getBytes(StandardCharsets.UTF_8));
      assertThat(reading.documents()).singleElement().satisfies(each -> assertThat(each.validity()).isNull());
      assertThat(reading.lost()).singleElement().satisfies(lost -> assertThat(lost.reason()).contains("validUntil"));
    }
  }

  @Test
  void headingsOfMarkdownBeginSectionsAndCodeIsKeptAndMarked() {
    Document page =
        Reads.one(
            "how to/mill.md",
            """
            ---
            layout: post
            author: Ada
            ---
            # The mill

            It **grinds**, see [the river](https://example.org/river).

            ## Stones ##

            ```java
            # no heading
            mill.grind();
            ```

            Wheel
            -----
            Turns.
            """);

    assertThat(page.id()).isEqualTo("guide/how-to/mill");
    assertThat(page.title()).isEqualTo("The mill");
    assertThat(page.path()).containsExactly("guide", "how to", "The mill");
    assertThat(page.sections()).extracting(Section::heading).containsExactly("The mill", "Stones", "Wheel");
    assertThat(page.sections()).extracting(Section::anchor).containsExactly("", "stones", "wheel");
    assertThat(page.sections().getFirst().text()).isEqualTo("It grinds, see the river.");
    assertThat(page.sections().get(1).text()).isEqualTo("```java\n# no heading\nmill.grind();\n```");
    assertThat(page.links()).singleElement().satisfies(l -> assertThat(l.target()).isEqualTo("https://example.org/river"));
    assertThat(page.attributes()).containsEntry("author", "Ada").containsEntry("file", "how to/mill.md");
  }

  @Test
  void rowsOfTablesRepeatTheHeader() {
    String markdown = "# Parts\n\n| part | weight |\n|------|-------:|\n| wheel | 30 kg |\n| paddle | 3 kg |\n";
    String html = "<h1>Parts</h1><table><tr><th>part<th>weight<tr><td>wheel<td>30 kg<tr><td>paddle<td>3 kg</table>";

    assertThat(Reads.one("a.md", markdown).sections().getFirst().text())
        .isEqualTo("part: wheel; weight: 30 kg\npart: paddle; weight: 3 kg");
    assertThat(Reads.one("a.html", html).sections().getFirst().text())
        .isEqualTo("part: wheel; weight: 30 kg\npart: paddle; weight: 3 kg");
    assertThat(Reads.one("b.html", "<p>x<table><tr><th>height<td>2 m<tr><th>age<td>90</table>").sections().getFirst().text())
        .isEqualTo("x\nheight: 2 m\nage: 90");
    assertThat(Reads.one("c.html", "<table><tr><td>left<td>right</table>").sections().getFirst().text()).isEqualTo("left | right");
  }

  @Test
  void linksBeyondWhatOneRecordHoldsAreLeftOutAndThatIsSaid() {
    StringBuilder html = new StringBuilder("<h1>Links</h1><p>Many.</p>");
    for (int i = 0; i < 1_000; i++) {
      html.append("<a href='https://example.org/").append("x".repeat(1_900)).append(i).append("'>river ").append(i).append("</a> ");
    }

    Reading reading = Reads.reading("links.html", html.toString().getBytes(StandardCharsets.UTF_8));

    int kept = reading.documents().getFirst().links().size();
    assertThat(kept).isBetween(200, 300);
    assertThat(reading.lost()).singleElement().satisfies(lost -> assertThat(lost.reason()).contains("links beyond the first " + kept));
  }

  @Test
  void scriptsAndStylesAreNotRead() {
    Document page =
        Reads.one(
            "a.html",
            "<title>Mill</title><style>p{color:red}</style><nav>menu</nav><body><script>steal()</script><h2 id=w>Wheel</h2>"
                + "<p>It <b>turns</b>.</p><ul><li>slowly<li><p>daily</ul><pre class='language-java'>int a;\n  int b;</pre>"
                + "<noscript>no</noscript><a href='https://example.org/x'>more</a>");

    assertThat(page.title()).isEqualTo("Wheel");
    assertThat(page.sections()).singleElement().satisfies(section -> {
      assertThat(section.anchor()).isEqualTo("w");
      assertThat(section.text()).isEqualTo("It turns.\n- slowly\n- daily\n```java\nint a;\n  int b;\n```\nmore");
    });
    assertThat(page.text()).doesNotContain("steal", "menu", "red");
    assertThat(page.links()).singleElement().satisfies(link -> assertThat(link.text()).isEqualTo("more"));
  }

  @Test
  void readsHtmlInTheEncodingThatItDeclares() throws Exception {
    byte[] html =
        "<html><head><meta charset=GBK><title>磨坊</title></head><body><nav>x</nav><h1 id=top>磨坊</h1><p>把谷物磨成面粉。</body>"
            .getBytes("GBK");

    Document page = Reads.one("mill.html", html);

    assertThat(page.language()).isEqualTo(Language.CHINESE);
    assertThat(page.sections()).singleElement().extracting(Section::text).isEqualTo("把谷物磨成面粉。");
    assertThat(page.attributes()).containsEntry("encoding", "GB18030");
  }

  @Test
  void whatNobodyCanSeeIsRemoved() {
    Document page = Reads.one("a.txt", "A\u0000 mi\u200bll\u00a0 turns.\r\n\r\n\r\n  e\u0301 x\u202e\n");

    assertThat(page.text()).isEqualTo("a\nA mill  turns.\n\n  \u00e9 x");
    assertThat(page.attributes()).doesNotContainKey("suspicious");
  }

  @Test
  void whatSaysNothingIsLostWithAReason() {
    assertThat(Reads.reading("a.md", "\n \n".getBytes()).lost()).singleElement()
        .satisfies(letter -> assertThat(letter.reason()).contains("no text"));
    assertThat(Reads.reading("a.exe", new byte[9]).lost()).singleElement()
        .satisfies(letter -> assertThat(letter.reason()).contains(".exe"));
  }

  @Test
  void theMainPartOfAPageIsReadWhereItIsMarked() {
    assertThat(Reads.one("a.html", "<body><div>menu</div><article>It grinds.</article><main>It turns.</main></body>").sections().getFirst().text()).isEqualTo("It turns.");
    assertThat(Reads.one("a.html", "<body><div>menu</div><article>It turns.</article></body>").sections().getFirst().text()).isEqualTo("It turns.");
    assertThat(Reads.one("a.html", "<body><main></main><article>It turns.</article><article>It grinds.</article></body>").text())
        .contains("It turns.", "It grinds.");
  }

  @Test
  void aCellOverSeveralRowsBelongsToEachOfThem() {
    String html =
        "<table><tr><th>mill<th>part<th>weight<tr><td rowspan=2>river<td>wheel<td>30 kg<tr><td>paddle<td>3 kg<tr><td>wind<td>sail<td>9 kg</table>";

    assertThat(Reads.one("a.html", html).sections().getFirst().text())
        .isEqualTo("mill: river; part: wheel; weight: 30 kg\nmill: river; part: paddle; weight: 3 kg\nmill: wind; part: sail; weight: 9 kg");
  }
}
