// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

import io.millrace.core.document.Document;
import io.millrace.core.document.Language;
import io.millrace.core.document.Section;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.time.Instant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class PlainPageTest {

  private static Document parse(String name, String text) throws UnreadablePage {
    return PlainPage.parse(text.getBytes(StandardCharsets.UTF_8), "guide", name, Instant.EPOCH);
  }

  @Test
  void headingsOfMarkdownBeginSectionsAndCodeIsLeftAlone() throws Exception {
    Document page =
        parse(
            "how to/mill.md",
            """
            ---
            layout: post
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
    assertThat(page.sections().get(1).text()).isEqualTo("# no heading\nmill.grind();");
    assertThat(page.links()).singleElement().satisfies(l -> assertThat(l.target()).isEqualTo("https://example.org/river"));
  }

  @Test
  void readsHtmlInTheEncodingThatItDeclares() throws Exception {
    byte[] html =
        "<html><head><meta charset=GBK><title>磨坊</title></head><body><nav>x</nav><h1 id=top>磨坊</h1><p>把谷物磨成面粉。</body>"
            .getBytes("GBK");

    Document page = PlainPage.parse(html, "guide", "mill.html", Instant.EPOCH);

    assertThat(page.language()).isEqualTo(Language.CHINESE);
    assertThat(page.sections()).singleElement().extracting(Section::text).isEqualTo("把谷物磨成面粉。");
  }

  @Test
  void whatNobodyCanSeeIsRemoved() throws Exception {
    Document page = parse("a.txt", "A\u0000 mi\u200bll\u00a0 turns.\r\n\r\n\r\n  e\u0301 x\u202e\n");

    assertThat(page.text()).isEqualTo("a\nA mill  turns.\n\n  \u00e9 x");
    assertThat(Cleaning.text("a\ud800b\udc00 \ud83d\ude00")).isEqualTo("ab \ud83d\ude00");
    assertThat(Cleaning.line(" a\u00a0\n b\u3000c ")).isEqualTo("a b c");
  }

  @Test
  void refusesWhatSaysNothingAndWhatIsNotUtf8() {
    assertThatThrownBy(() -> parse("a.md", "\n \n")).isInstanceOf(UnreadablePage.class).hasMessageContaining("no text");
    assertThatThrownBy(() -> PlainPage.parse(new byte[] {(byte) 0xff, 'a'}, "guide", "a.md", Instant.EPOCH))
        .isInstanceOf(UnreadablePage.class)
        .hasMessageContaining("iconv");
  }
}
