// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.text;

import io.millrace.core.document.Document;
import io.millrace.core.document.HiddenText;
import io.millrace.core.document.Link;
import io.millrace.core.document.Section;
import org.jspecify.annotations.Nullable;

import java.util.Objects;

/**
 * Makes of a document that was not read of a file what it would be if it had been: without the characters that smuggle words past
 * readers, which stand beside it as {@link HiddenText}. Confined to one thread.
 */
public final class VisibleDocument {

  private final HiddenText.Gathering hidden = new HiddenText.Gathering();

  private VisibleDocument() {}

  /**
   * Returns a document with what readers see of it.
   *
   * @throws IllegalArgumentException when they would see nothing of its title
   */
  public static Document of(Document document) {
    VisibleDocument reading = new VisibleDocument();
    Document seen = reading.seen(document);
    HiddenText found = reading.hidden.gathered();
    return found == null ? seen : seen.withAttributes(joined(HiddenText.of(document), found).in(document.attributes()));
  }

  /** A version that is put again may hide something already. */
  private static HiddenText joined(@Nullable HiddenText before, HiddenText found) {
    HiddenText.Gathering both = new HiddenText.Gathering();
    if (before != null) {
      both.add(before);
    }
    both.add(found);
    return Objects.requireNonNull(both.gathered());
  }

  private Document seen(Document document) {
    return new Document(
        document.id(),
        document.source(),
        document.kind(),
        document.language(),
        seen(document.title()),
        document.path().stream().map(this::seen).toList(),
        document.url(),
        document.sections().stream().map(this::seen).toList(),
        document.links().stream().map(this::seen).toList(),
        document.updatedAt(),
        document.attributes(),
        document.labels());
  }

  private Section seen(Section section) {
    return new Section(
        section.anchor(),
        section.kind(),
        seen(section.heading()),
        seen(section.signature()),
        seen(section.text()),
        section.details().stream().map(this::seen).toList());
  }

  private Section.Detail seen(Section.Detail detail) {
    return new Section.Detail(seen(detail.kind()), seen(detail.name()), seen(detail.text()));
  }

  private Link seen(Link link) {
    return new Link(link.target(), seen(link.text()), link.kind());
  }

  private String seen(String words) {
    InvisibleText split = InvisibleText.of(words);
    hidden.add(split.how(), split.hidden());
    return split.visible();
  }
}
