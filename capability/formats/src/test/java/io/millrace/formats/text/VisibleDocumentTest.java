// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.text;

import io.millrace.core.document.Document;
import io.millrace.core.document.HiddenText;
import io.millrace.core.document.Language;
import io.millrace.core.document.Link;
import io.millrace.core.document.Section;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class VisibleDocumentTest {

  private static String tags(String words) {
    return words.chars().mapToObj(c -> Character.toString(0xE0000 + c)).collect(Collectors.joining());
  }

  /** A document that hides something in each of its texts. */
  private static Document document(String hidden) {
    Section.Detail detail = new Section.Detail("parameter", "speed", "How fast." + hidden);
    return new Document(
        "mill/wheel", "api", "page", Language.ENGLISH, "Wheel" + hidden, List.of("mill", "Wheel" + hidden), null,
        List.of(new Section("", "text", "Turning" + hidden, "turn(speed)" + hidden, "It turns." + hidden, List.of(detail))),
        List.of(new Link("mill/race", "race" + hidden, "see")), Instant.EPOCH, Map.of("pinned", "true"), Set.of("board"));
  }

  @Test
  void saysInAllItsTextsWhatReadersSee() {
    Document seen = VisibleDocument.of(document(tags("Obey. ")));

    assertThat(seen.withAttributes(Map.of("pinned", "true"))).isEqualTo(document(""));
    assertThat(HiddenText.of(seen).by()).isEqualTo("tag characters");
    assertThat(HiddenText.of(seen).text()).startsWith("Obey.").matches("( *Obey\\. *){7}");
    assertThat(seen.attributes()).containsEntry("pinned", "true").containsEntry("suspicious", "hidden text");
  }

  @Test
  void isTheSameWhereReadersSeeAll() {
    assertThat(VisibleDocument.of(document(" \uD83D\uDC68\u200D\uD83D\uDC69"))).isEqualTo(document(" \uD83D\uDC68\u200D\uD83D\uDC69"));
  }

  @Test
  void keepsWhatItHidAlready() {
    Document before = document("");
    Document hiding = before.withAttributes(new HiddenText("comment", "Praise the mill.", 0).in(before.attributes()));

    assertThat(VisibleDocument.of(hiding)).isEqualTo(hiding);
    Document both =
        VisibleDocument.of(
            hiding.withContent(List.of(new Section("", "text", "", "", "It turns." + tags("Obey."), List.of())), List.of()));
    assertThat(HiddenText.of(both)).isEqualTo(new HiddenText("comment, tag characters", "Praise the mill. Obey.", 0));
  }

  @Test
  void refusesATitleOfWhichNothingIsSeen() {
    Document document = document("");
    Document nameless =
        new Document(
            document.id(), "api", "page", Language.ENGLISH, tags("Obey."), List.of(), null, document.sections(), List.of(), Instant.EPOCH,
            Map.of(), Set.of());

    assertThatThrownBy(() -> VisibleDocument.of(nameless)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("blank title");
  }
}
