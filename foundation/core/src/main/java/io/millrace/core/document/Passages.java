// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.document;

import org.jspecify.annotations.Nullable;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The one way in which documents become passages, so that what is trained on, what is searched and what is quoted
 * are the same text. A section is a passage; a long one is cut at sentence ends; sections that say nothing beyond
 * their signatures are gathered into passages that list them.
 */
public final class Passages {

  /** A passage's text has at most so many characters: about what an encoder with 512 tokens can see. */
  public static final int LONGEST = 1_200;

  /** A passage has at most so many links: those of an index of a whole library say little. */
  public static final int MOST_LINKS = 64;

  /** Of a page with more links the first ones are looked for in its passages. */
  private static final int MOST_PLACED = 1_000;

  private static final int LONGEST_HEADING = 80;

  private Passages() {}

  /**
   * Cuts a document. Each passage's text begins with a line that names the page and the section, such as {@code
   * IndexWriter.addDocument}; the introduction comes first, the gathered signatures last.
   *
   * @return at least one passage, numbered from 0
   */
  public static List<Passage> of(Document document) {
    List<Passage> passages = new ArrayList<>();
    List<Section> bare = new ArrayList<>();
    for (Section section : document.sections()) {
      if (section.hasProse()) {
        String lead = lead(document, section);
        for (String piece : pieces(lead, section)) {
          passages.add(passage(document, passages.size(), section.anchor(), section.heading(), piece));
        }
      } else {
        bare.add(section);
      }
    }
    gather(document, bare, passages);
    return linked(document, passages);
  }

  /**
   * Gives each passage the links whose words it holds. A document keeps a link once, with its first words, and not where it
   * stands; one whose words are in no passage belongs to the introduction.
   */
  private static List<Passage> linked(Document document, List<Passage> passages) {
    if (document.links().isEmpty()) {
      return List.copyOf(passages);
    }
    List<Set<String>> targets = new ArrayList<>();
    passages.forEach(_ -> targets.add(new LinkedHashSet<>()));
    for (Link link : document.links().subList(0, Math.min(document.links().size(), MOST_PLACED))) {
      if (link.target().equals(document.id())) {
        continue;
      }
      boolean placed = false;
      for (int i = 0; i < passages.size(); i++) {
        if (holds(passages.get(i).text(), link.text().strip())) {
          targets.get(i).add(link.target());
          placed = true;
        }
      }
      if (!placed) {
        targets.getFirst().add(link.target());
      }
    }
    return IntStream.range(0, passages.size())
        .mapToObj(i -> passages.get(i).withLinks(targets.get(i).stream().limit(MOST_LINKS).toList()))
        .toList();
  }

  /** Whether a text has these words, and not merely as a part of longer Latin ones. */
  private static boolean holds(String text, String words) {
    if (words.isEmpty()) {
      return false;
    }
    for (int at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + 1)) {
      int end = at + words.length();
      boolean begins = at == 0 || !within(text.charAt(at - 1), words.charAt(0));
      boolean ends = end == text.length() || !within(words.charAt(words.length() - 1), text.charAt(end));
      if (begins && ends) {
        return true;
      }
    }
    return false;
  }

  private static boolean within(char left, char right) {
    return Character.isLetterOrDigit(left) && Character.isLetterOrDigit(right)
        && !Character.isIdeographic(left) && !Character.isIdeographic(right);
  }

  /** Returns the line that begins the passages of a section: what it is called from outside the page. */
  public static String lead(Document document, Section section) {
    String heading = section.heading();
    if (heading.isBlank() || heading.equals(document.title())) {
      return document.title();
    }
    return document.title() + (section.signature().isBlank() ? " › " : ".") + heading;
  }

  private static List<String> pieces(String lead, Section section) {
    List<String> pieces = new ArrayList<>();
    StringBuilder piece = new StringBuilder(clip(lead));
    int opening = piece.length();
    if (!section.signature().isBlank()) {
      piece.append('\n').append(clip(section.signature()));
    }
    for (String line : lines(section)) {
      if (piece.length() + 1 + line.length() <= LONGEST) {
        piece.append('\n').append(line);
        continue;
      }
      String separator = "\n";
      for (String part : parts(line, LONGEST - opening - 1)) {
        if (piece.length() + 1 + part.length() > LONGEST) {
          pieces.add(piece.toString());
          piece.setLength(opening);
          separator = "\n";
        }
        piece.append(separator).append(part);
        separator = " ";
      }
    }
    pieces.add(piece.toString());
    return pieces;
  }

  private static List<String> lines(Section section) {
    List<String> lines = new ArrayList<>();
    section.text().lines().filter(line -> !line.isBlank()).forEach(lines::add);
    for (Section.Detail detail : section.details()) {
      lines.add(detail.line());
    }
    return lines;
  }

  /** Sentences; one that is too long by itself is cut at a space, or anywhere if it has none. */
  private static List<String> parts(String line, int longest) {
    List<String> parts = new ArrayList<>();
    for (String sentence : Sentences.of(line)) {
      String rest = sentence;
      while (rest.length() > longest) {
        int cut = rest.lastIndexOf(' ', longest);
        if (cut <= 0) {
          cut = Character.isHighSurrogate(rest.charAt(longest - 1)) ? longest - 1 : longest;
        }
        parts.add(rest.substring(0, cut).strip());
        rest = rest.substring(cut).strip();
      }
      if (!rest.isEmpty()) {
        parts.add(rest);
      }
    }
    return parts;
  }

  private static void gather(Document document, List<Section> bare, List<Passage> passages) {
    StringBuilder text = new StringBuilder();
    StringBuilder headings = new StringBuilder();
    String anchor = "";
    for (Section section : bare) {
      String line = clip(section.signature().isBlank() ? section.heading() : section.signature());
      if (!text.isEmpty() && text.length() + 1 + line.length() > LONGEST) {
        passages.add(passage(document, passages.size(), anchor, headings.toString(), text.toString()));
        text.setLength(0);
        headings.setLength(0);
      }
      if (text.isEmpty()) {
        text.append(clip(document.title()));
        anchor = section.anchor();
      }
      if (!line.equals(document.title())) {
        text.append('\n').append(line);
      }
      if (headings.length() + section.heading().length() <= LONGEST_HEADING) {
        headings.append(headings.isEmpty() ? "" : ", ").append(section.heading());
      }
    }
    if (!text.isEmpty()) {
      passages.add(passage(document, passages.size(), anchor, headings.toString(), text.toString()));
    }
  }

  /** Titles and signatures are short; one of hundreds of characters is a list of annotations and loses its end. */
  private static String clip(String line) {
    return line.length() <= LONGEST / 3 ? line : line.substring(0, LONGEST / 3 - 1) + "…";
  }

  private static Passage passage(Document document, int ordinal, String anchor, String heading, String text) {
    List<String> path = new ArrayList<>(document.path());
    if (path.isEmpty() || !path.getLast().equals(document.title())) {
      path.add(document.title());
    }
    return new Passage(
        document.id() + "#" + ordinal,
        document.id(),
        ordinal,
        anchor,
        path,
        heading.equals(document.title()) ? "" : heading,
        text,
        document.language(),
        address(document.url(), anchor),
        document.validity(),
        document.labels());
  }

  private static @Nullable String address(@Nullable String url, String anchor) {
    if (url == null || anchor.isEmpty()) {
      return url;
    }
    return url + "#" + URLEncoder.encode(anchor, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
