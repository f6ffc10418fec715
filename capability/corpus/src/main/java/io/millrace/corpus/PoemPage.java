// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

import io.millrace.core.document.Cleaning;
import io.millrace.core.document.Document;
import io.millrace.core.document.Language;
import io.millrace.core.document.Section;
import io.millrace.core.document.Verse;
import io.millrace.core.document.VerseForm;
import tools.jackson.databind.JsonNode;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A poem as a document: its lines in the script of the source, above them a line with dynasty, author and form. The
 * objects are those of the npm package {@code chinese-poetry}, whose collections name the same thing differently.
 */
final class PoemPage {

  /** The kind of such documents and of their only section. */
  static final String KIND = "poem";

  /** Keys of attributes. */
  static final String AUTHOR = "author";
  static final String DYNASTY = "dynasty";

  private static final List<String> TEXT = List.of("paragraphs", "content", "para");
  private static final Pattern UNKNOWN_AUTHOR = Pattern.compile("佚名|無名氏|无名氏|不詳|不详|");

  private PoemPage() {}

  /**
   * Reads a poem.
   *
   * @param entry an object with {@code paragraphs}, {@code title} or {@code rhythmic} (the tune of a lyric), and
   *     {@code author}
   * @param file within the package
   * @param position in the file's list, from 0
   * @throws UnreadablePage when it is not such an object, or has neither lines nor anything to call it by
   */
  static Document parse(JsonNode entry, String library, String source, String file, int position)
      throws UnreadablePage {
    List<String> lines = lines(entry);
    if (lines.isEmpty()) {
      throw new UnreadablePage("it has no lines: a poem is an object whose 'paragraphs' is a list of texts");
    }
    PoemCollection collection = PoemCollection.of(file);
    Verse verse = Verse.of(String.join("", lines));
    if (verse.lines().isEmpty()) {
      throw new UnreadablePage("its lines hold nothing but punctuation");
    }
    String title = title(entry, verse);
    String author = text(entry, "author");
    String dynasty = text(entry, "dynasty").equals("yuan") ? "元" : collection.dynasty();
    VerseForm strict = VerseForm.of(verse);
    String form = strict == null || !collection.genre().equals("詩") ? collection.genre() : strict.title();
    Map<String, String> attributes = new LinkedHashMap<>();
    attributes.put("collection", collection.title());
    attributes.put(DYNASTY, dynasty);
    attributes.put(AUTHOR, UNKNOWN_AUTHOR.matcher(author).matches() ? "" : author);
    attributes.put("form", form);
    attributes.values().removeIf(String::isEmpty);
    String byline = Stream.of(dynasty, author, form).filter(part -> !part.isEmpty()).collect(Collectors.joining(" · "));
    List<String> path =
        Stream.of(library, collection.title(), author, title).filter(part -> !part.isEmpty()).toList();
    return new Document(
        id(entry, library, file, position), source, KIND, Language.CHINESE, title, path, null,
        List.of(new Section("", KIND, title, byline, String.join("\n", lines), List.of())),
        List.of(), Instant.EPOCH, attributes, Set.of());
  }

  private static List<String> lines(JsonNode entry) {
    List<String> lines = new ArrayList<>();
    for (String key : TEXT) {
      JsonNode list = entry.path(key);
      if (!list.isArray()) {
        continue;
      }
      for (JsonNode line : list) {
        String clean = line.isString() ? Cleaning.line(line.stringValue()) : "";
        if (!clean.isEmpty()) {
          lines.add(clean);
        }
      }
    }
    return lines;
  }

  /** A lyric is called by its tune and first words, as is the custom: hundreds are written to one tune. */
  private static String title(JsonNode entry, Verse verse) {
    String title = text(entry, "title");
    String tune = text(entry, "rhythmic");
    if (!title.isEmpty()) {
      return title;
    }
    return tune.isEmpty() ? verse.lines().getFirst() : tune + "·" + verse.lines().getFirst();
  }

  private static String text(JsonNode entry, String key) {
    JsonNode value = entry.path(key);
    return value.isString() ? Cleaning.line(value.stringValue()) : "";
  }

  /** The source's own identity, under which a poem may be in several files; else its place. */
  private static String id(JsonNode entry, String library, String file, int position) {
    String own = text(entry, "id");
    String last = own.isEmpty() ? file.replaceAll("\\.json$", "") + "/" + position : own;
    return library + "/" + last.replaceAll("[^\\p{L}\\p{N}._/-]", "-").replaceAll("\\.\\.+", ".").replaceAll("//+", "/");
  }
}
