// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

import io.millrace.core.document.Cleaning;
import io.millrace.core.document.Document;
import io.millrace.core.document.Language;
import io.millrace.core.document.Link;
import io.millrace.core.document.Section;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Element;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads pages of plain HTML, Markdown and text: each heading begins a section. */
public final class PlainPage {

  private static final Pattern HEADING = Pattern.compile("(#{1,6})\\s+(.*?)\\s*#*");
  private static final Pattern FENCE = Pattern.compile("\\s{0,3}(```|~~~).*");
  private static final Pattern MARKDOWN_LINK = Pattern.compile("!?\\[([^\\]]*)\\]\\(\\s*<?([^)\\s>]+)>?[^)]*\\)");
  private static final Pattern EMPHASIS = Pattern.compile("(\\*\\*|__)(?=\\S)(.+?)(?<=\\S)\\1");

  private PlainPage() {}

  /** Returns whether a file is one of the kinds that are read. */
  public static boolean reads(String name) {
    return name.toLowerCase(Locale.ROOT).matches(".*\\.(html?|md|markdown|txt)");
  }

  /**
   * Parses a file.
   *
   * @param library first part of the identity
   * @param relative path below the source's directory, with slashes; without its extension the rest of the identity
   * @throws UnreadablePage when it is not UTF-8 or says nothing
   */
  public static Document parse(byte[] content, String library, String relative, Instant updatedAt)
      throws UnreadablePage {
    String name = relative.toLowerCase(Locale.ROOT);
    List<Link> links = new ArrayList<>();
    List<HtmlText.Part> parts;
    String title = "";
    if (name.endsWith(".html") || name.endsWith(".htm")) {
      Element page = html(content);
      title = Cleaning.line(page.select("head > title").text());
      for (Element link : page.select("a[href^=http]")) {
        links.add(new Link(link.attr("href"), Cleaning.line(link.text()), "mentions"));
      }
      Element main = page.selectFirst("main, article, body");
      Element body = main == null ? page : main;
      body.select("nav, header, footer, aside").remove();
      parts = HtmlText.parts(body);
    } else {
      String text = utf8(content);
      parts = name.endsWith(".txt") ? List.of(new HtmlText.Part("", "", Cleaning.text(text))) : markdown(text, links);
    }
    return document(parts, title, links, library, relative, updatedAt);
  }

  private static Document document(
      List<HtmlText.Part> parts,
      String suggestedTitle,
      List<Link> links,
      String library,
      String relative,
      Instant updatedAt)
      throws UnreadablePage {
    String stem = relative.substring(0, relative.lastIndexOf('.'));
    String title = suggestedTitle;
    for (HtmlText.Part part : parts) {
      if (!part.heading().isEmpty()) {
        title = part.heading();
        break;
      }
    }
    title = title.isEmpty() ? stem.substring(stem.lastIndexOf('/') + 1) : title;

    List<Section> sections = new ArrayList<>();
    Map<String, Integer> anchors = new LinkedHashMap<>();
    for (HtmlText.Part part : parts) {
      if (part.text().isEmpty()) {
        continue;
      }
      boolean introduction = sections.isEmpty();
      String heading = part.heading().isEmpty() ? title : part.heading();
      String anchor = introduction ? "" : part.anchor().isEmpty() ? slug(heading) : part.anchor();
      int seen = anchors.merge(anchor, 1, Integer::sum);
      sections.add(
          new Section(
              seen == 1 ? anchor : anchor + "-" + seen,
              introduction ? "description" : "text",
              heading,
              "",
              part.text(),
              List.of()));
    }
    if (sections.isEmpty()) {
      throw new UnreadablePage("it holds no text");
    }
    StringBuilder prose = new StringBuilder();
    sections.forEach(section -> prose.append(section.text()).append('\n'));
    List<String> path = new ArrayList<>(List.of(library));
    String[] folders = stem.split("/");
    path.addAll(List.of(folders).subList(0, folders.length - 1));
    path.add(title);
    return new Document(
        library + "/" + identity(stem),
        library,
        "page",
        Language.of(prose),
        title,
        path,
        null,
        sections,
        links,
        updatedAt,
        Map.of("file", relative));
  }

  private static Element html(byte[] content) throws UnreadablePage {
    try {
      return Jsoup.parse(new ByteArrayInputStream(content), null, "");
    } catch (IOException | RuntimeException e) {
      throw new UnreadablePage("its HTML cannot be read: " + e.getMessage());
    }
  }

  private static String utf8(byte[] content) throws UnreadablePage {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
    } catch (CharacterCodingException e) {
      throw new UnreadablePage("it is not UTF-8: convert it, for example with iconv -t UTF-8");
    }
  }

  /** CommonMark's headings, fences, links and emphasis; all else is text already. */
  private static List<HtmlText.Part> markdown(String text, List<Link> links) {
    List<HtmlText.Part> parts = new ArrayList<>();
    StringBuilder part = new StringBuilder();
    String heading = "";
    boolean fenced = false;
    String[] lines = Cleaning.text(text).split("\n");
    int start = frontMatter(lines);
    for (int i = start; i < lines.length; i++) {
      String line = lines[i];
      Matcher atx = HEADING.matcher(line);
      if (FENCE.matcher(line).matches()) {
        fenced = !fenced;
      } else if (fenced) {
        part.append(line).append('\n');
      } else if (atx.matches() || isUnderlined(lines, i)) {
        parts.add(new HtmlText.Part("", heading, Cleaning.text(part.toString())));
        part.setLength(0);
        heading = Cleaning.line(inline(atx.matches() ? atx.group(2) : line, links));
        i += atx.matches() ? 0 : 1;
      } else {
        part.append(inline(line, links)).append('\n');
      }
    }
    parts.add(new HtmlText.Part("", heading, Cleaning.text(part.toString())));
    return parts;
  }

  private static int frontMatter(String[] lines) {
    if (!lines[0].equals("---")) {
      return 0;
    }
    for (int i = 1; i < lines.length; i++) {
      if (lines[i].equals("---")) {
        return i + 1;
      }
    }
    return 0;
  }

  private static boolean isUnderlined(String[] lines, int i) {
    return !lines[i].isBlank() && i + 1 < lines.length && lines[i + 1].matches("=+|-{3,}");
  }

  private static String inline(String line, List<Link> links) {
    Matcher link = MARKDOWN_LINK.matcher(line);
    StringBuilder out = new StringBuilder();
    while (link.find()) {
      if (link.group(2).startsWith("http")) {
        links.add(new Link(link.group(2), Cleaning.line(link.group(1)), "mentions"));
      }
      link.appendReplacement(out, Matcher.quoteReplacement(link.group(1)));
    }
    link.appendTail(out);
    return EMPHASIS.matcher(out).replaceAll("$2");
  }

  private static String slug(String heading) {
    return identity(heading.toLowerCase(Locale.ROOT));
  }

  /** Letters, digits and {@code . _ - /} stay, in any script; all else becomes a hyphen. */
  private static String identity(String text) {
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      out.append(Character.isLetterOrDigit(c) || "_-/".indexOf(c) >= 0 ? c : c == '.' ? '.' : '-');
    }
    return out.toString().replace("..", ".-");
  }
}
