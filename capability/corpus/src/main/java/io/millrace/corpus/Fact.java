// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

import io.millrace.core.document.Document;
import io.millrace.core.document.Language;
import io.millrace.core.document.Passages;
import io.millrace.core.document.Section;
import io.millrace.core.document.Sentences;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Something that a section states and that can be asked for.
 *
 * @param kind what is asked for
 * @param documentKind kind of the page, for example {@code class}
 * @param sectionKind kind of the section, for example {@code method}
 * @param title of the page, for example {@code IndexWriter}
 * @param member heading of the section; empty for the introduction
 * @param name what the fact speaks of, for example a parameter or a line of verse; for {@link Kind#HOW_TO} the task as a verb phrase
 * @param answer literal part of the section's text
 */
record Fact(
    Kind kind,
    String documentKind,
    String sectionKind,
    String title,
    String member,
    String name,
    String answer) {

  /** What is asked for. */
  enum Kind {
    PURPOSE,
    HOW_TO,
    RETURNS,
    PARAMETER,
    THROWS,
    SINCE,
    DEPRECATED,
    DEFAULT,
    TOPIC,
    WRITTEN_BY,
    DYNASTY,
    NEXT_LINE,
    PREVIOUS_LINE;

    /** Returns the name that questions carry. */
    String code() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  private static final int SHORTEST_SENTENCE = 8;
  private static final int LONGEST_ANSWER = 400;

  /** Returns the name by which people call the subject: {@code IndexWriter.addDocument}. */
  String subject() {
    return member.isEmpty() || sectionKind.equals("constructor") ? title : title + "." + member;
  }

  /** Returns what a section states. */
  static List<Fact> of(Document document, Section section) {
    if (section.kind().equals(PoemPage.KIND)) {
      return PoemFacts.of(document, section);
    }
    List<Fact> facts = new ArrayList<>();
    String member = section.anchor().isEmpty() && section.kind().equals("description") ? "" : section.heading();
    sentence(section.text())
        .ifPresent(
            sentence -> {
              Kind kind = section.kind().equals("text") || section.kind().equals("contents") ? Kind.TOPIC : Kind.PURPOSE;
              if (!section.kind().equals("contents")) {
                facts.add(fact(document, section, kind, member, "", sentence));
              }
              if (section.kind().equals("method") || section.kind().equals("constructor")) {
                Tasks.of(document.language(), sentence)
                    .ifPresent(
                        task ->
                            facts.add(
                                fact(
                                    document, section, Kind.HOW_TO, member, task, Passages.lead(document, section))));
              }
            });
    for (Section.Detail detail : section.details()) {
      Kind kind = kind(detail);
      if (kind != null && detail.text().length() <= LONGEST_ANSWER && !repeatsName(detail)) {
        facts.add(fact(document, section, kind, member, detail.name(), detail.text()));
      }
    }
    return facts;
  }

  /** The same fact, asked about under another name than its page's. */
  Fact of(String otherTitle) {
    return new Fact(kind, documentKind, sectionKind, otherTitle, member, name, answer);
  }

  private static Fact fact(
      Document document, Section section, Kind kind, String member, String name, String answer) {
    return new Fact(kind, document.kind(), section.kind(), document.title(), member, name, answer);
  }

  private static Optional<String> sentence(String text) {
    String first = Sentences.first(text);
    boolean speaks =
        first.length() >= SHORTEST_SENTENCE
            && first.length() <= LONGEST_ANSWER
            && !first.startsWith("See ")
            && !first.startsWith("- ");
    return speaks || (first.length() >= 4 && Language.of(first) == Language.CHINESE)
        ? Optional.of(first)
        : Optional.empty();
  }

  /** "parameter name: name" says nothing. */
  private static boolean repeatsName(Section.Detail detail) {
    String bare = detail.text().replaceAll("[^\\p{L}\\p{N}]", "");
    return bare.length() < 2 || (bare.equalsIgnoreCase(detail.name()) && !detail.kind().equals("default"));
  }

  private static @Nullable Kind kind(Section.Detail detail) {
    return switch (detail.kind()) {
      case "returns" -> Kind.RETURNS;
      case "parameter", "component" -> detail.name().isEmpty() ? null : Kind.PARAMETER;
      case "throws" -> detail.name().isEmpty() ? null : Kind.THROWS;
      case "since" -> Kind.SINCE;
      case "default" -> Kind.DEFAULT;
      case "deprecated" -> detail.text().length() >= 15 || detail.text().matches(".*[{#@(].*") ? Kind.DEPRECATED : null;
      default -> null;
    };
  }
}
