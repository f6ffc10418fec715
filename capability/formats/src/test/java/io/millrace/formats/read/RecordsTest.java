// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.read;

import io.millrace.core.document.Document;
import io.millrace.core.document.Passage;
import io.millrace.core.document.Passages;
import io.millrace.core.document.Section;
import io.millrace.core.spi.FileFormats.Reading;
import io.millrace.formats.Samples;
import io.millrace.formats.draft.FormatLimits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Tables, pairs of questions and answers, code. */
class RecordsTest {

  @ParameterizedTest
  @CsvSource({"question,answer", "Q,A", "prompt,response", "问题,答案", "问,答", "提问,回答"})
  void aPairIsAPassageWithItsQuestionInTheHeading(String question, String answer) {
    Document faq = Reads.one("faq.csv", question + "," + answer + ",topic\n\"What turns, and how?\",\"The wheel; \"\"slowly\"\".\",mill\n");

    assertThat(faq.kind()).isEqualTo("questions");
    assertThat(faq.title()).isEqualTo("faq");
    assertThat(faq.sections()).singleElement().satisfies(pair -> {
      assertThat(pair.heading()).isEqualTo("What turns, and how?");
      assertThat(pair.text()).isEqualTo("The wheel; \"slowly\".\ntopic: mill");
    });
    assertThat(Passages.of(faq)).singleElement().extracting(Passage::heading).isEqualTo("What turns, and how?");
  }

  @Test
  void jsonLinesArePairsToo() {
    Document faq =
        Reads.one("faq.jsonl", "{\"问题\":\"什么转动？\",\"答案\":[\"水轮。\"]}\n\n{\"问题\":\"多快？\",\"答案\":\"很慢。\",\"level\":2}\n");

    assertThat(faq.sections()).extracting(Section::heading).containsExactly("什么转动？", "多快？");
    assertThat(faq.sections()).extracting(Section::text).containsExactly("水轮。", "很慢。\nlevel: 2");
    assertThat(Reads.one("faq.json", "[{\"q\":\"a?\",\"a\":\"b\"}]").sections()).singleElement().extracting(Section::heading).isEqualTo("a?");
    assertThat(
            Reads.one("chat.jsonl", "{\"messages\":[{\"role\":\"system\",\"content\":\"x\"},{\"role\":\"user\",\"content\":\"Turns?\"},"
                + "{\"role\":\"assistant\",\"content\":\"Yes.\"}]}").sections())
        .singleElement().satisfies(pair -> {
          assertThat(pair.heading()).isEqualTo("Turns?");
          assertThat(pair.text()).isEqualTo("Yes.");
        });
  }

  @Test
  void brokenLinesAreNamedAndTheOthersRead() {
    Reading reading = Reads.reading("faq.jsonl", Samples.utf8("{\"q\":\"a?\",\"a\":\"b\"}\n{oops\n{\"q\":\"c?\",\"a\":\"d\"}\n"));

    assertThat(reading.documents().getFirst().sections()).hasSize(2);
    assertThat(reading.lost()).singleElement().satisfies(letter -> assertThat(letter.reason()).contains("1 lines", ": 2"));
  }

  @Test
  void otherTablesRepeatTheirHeader() {
    assertThat(Reads.one("parts.csv", "part;weight\nwheel;30 kg\n;\npaddle;3 kg").sections().getFirst().text())
        .isEqualTo("part: wheel; weight: 30 kg\npart: paddle; weight: 3 kg");
    assertThat(Reads.one("parts.tsv", "part\tweight\nwheel\t30,5 kg").text()).contains("part: wheel; weight: 30,5 kg");
  }

  @Test
  void rowsBeyondTheLimitAreCounted() {
    StringBuilder csv = new StringBuilder("n\n");
    for (int i = 0; i < 50; i++) {
      csv.append(i).append('\n');
    }
    Reading reading = Reads.reading("n.csv", Samples.utf8(csv.toString()), new FormatLimits(0, 0, 0, 0, 0, 20, 0, 0));

    assertThat(reading.documents().getFirst().text()).contains("n: 19").doesNotContain("n: 20");
    assertThat(reading.lost()).singleElement().satisfies(letter -> assertThat(letter.reason()).startsWith("30 rows beyond the first 20"));
  }

  @Test
  void longFilesBecomeSeveralDocumentsAndLoseNothing() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 40_000; i++) {
      text.append("line ").append(i).append(" turns\n");
    }
    Reading reading = Reads.reading("long.txt", Samples.utf8(text.toString()));

    assertThat(reading.lost()).isEmpty();
    assertThat(reading.documents()).hasSizeGreaterThan(2).extracting(Document::id).startsWith("guide/long", "guide/long/part-2");
    StringBuilder all = new StringBuilder();
    reading.documents().forEach(d -> d.sections().forEach(s -> all.append(s.text()).append('\n')));
    assertThat(all.toString()).isEqualTo(text.toString());
    Reading cut = Reads.reading("long.txt", Samples.utf8(text.toString()), new FormatLimits(0, 0, 0, 1_000, 0, 0, 0, 0));
    assertThat(cut.documents().getFirst().sections().getFirst().text()).hasSizeBetween(900, 1_000);
    assertThat(cut.lost()).singleElement().satisfies(letter -> assertThat(letter.reason()).contains("1000 characters"));
  }

  @Test
  void codeIsCutAtItsDeclarations() {
    Document java =
        Reads.one(
            "src/Mill.java",
            """
            package mill;

            /** A mill. */
            public final class Mill {
              private int turns;

              /** Turns. */
              @Override
              public void turn(int times) {
                turns += times;
              }

              int turns() {
                return turns;
              }
            }
            """);
    assertThat(java.kind()).isEqualTo("code");
    assertThat(java.id()).isEqualTo("guide/src/Mill.java");
    assertThat(java.sections()).extracting(Section::heading).containsExactly("Mill.java", "Mill", "Mill.turn", "Mill.turns");
    assertThat(java.sections().get(2).text()).startsWith("  /** Turns. */".strip()).contains("turns += times;");
    assertThat(java.sections()).extracting(Section::anchor).containsExactly("", "L3", "L7", "L13");

    Document python = Reads.one("mill.py", "import os\n\n# The mill.\n@final\nclass Mill:\n    def turn(self):\n        pass\n\ndef main():\n    pass\n");
    assertThat(python.sections()).extracting(Section::heading).containsExactly("mill.py", "Mill", "Mill.turn", "main");
    Document script = Reads.one("mill.js", "import x from 'y';\n\nexport default async function turn(n) {\n  return n;\n}\nconst wheel = 3;\n");
    assertThat(script.sections()).extracting(Section::heading).containsExactly("mill.js", "turn", "wheel");
    assertThat(Reads.one("mill.lua", "local a = 1\n\nlocal b = 2\n").text()).contains("local a = 1", "local b = 2");
  }

  @Test
  void aListWithinAnObjectIsReadWithWhatStandsBesideIt() {
    assertThat(Reads.one("parts.json", "{\"maker\":\"Ada\",\"parts\":[{\"part\":\"wheel\"},{\"part\":\"paddle\"}],\"year\":1900}").sections().getFirst().text())
        .isEqualTo("maker: Ada\nyear: 1900\npart: wheel\npart: paddle");

    Document api = Reads.one("api.json", "{\"servers\":[{\"url\":\"here\"}],\n\"paths\":{\"/turn\":{\"get\":\"turns\"}}}");
    assertThat(api.kind()).isEqualTo("code");
    assertThat(api.text()).contains("servers", "here", "/turn", "turns");
  }
}
