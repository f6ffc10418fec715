// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

import io.millrace.core.document.Cleaning;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.Node;
import org.jsoup.nodes.TextNode;
import org.jsoup.select.NodeTraversor;
import org.jsoup.select.NodeVisitor;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Turns HTML into text with lines: paragraphs, list items, table rows and lines of code stay apart. */
final class HtmlText implements NodeVisitor {

  /**
   * What stands below one heading.
   *
   * @param anchor fragment identifier of the heading; empty where it has none
   * @param heading one line; empty for what comes before the first heading
   * @param text lines
   */
  record Part(String anchor, String heading, String text) {}

  private static final Set<String> BLOCKS =
      Set.of(
          "p", "div", "ul", "ol", "dl", "dt", "dd", "pre", "blockquote", "table", "tr", "caption", "section", "hr",
          "article", "header", "footer", "main", "figure", "figcaption", "summary", "details", "center");
  private static final Set<String> UNSEEN = Set.of("script", "style", "noscript", "template", "svg", "button");
  private static final Set<String> CODE = Set.of("code", "pre", "tt", "kbd", "samp");

  private final boolean withCode;
  private final boolean cutAtHeadings;
  private final List<Part> parts = new ArrayList<>();
  private final StringBuilder text = new StringBuilder();
  private String heading = "";
  private String anchor = "";
  private String lastAnchor = "";
  private int preformatted;
  private int unseen;
  private int code;
  private boolean space;

  private HtmlText(boolean withCode, boolean cutAtHeadings) {
    this.withCode = withCode;
    this.cutAtHeadings = cutAtHeadings;
  }

  /** Returns the text of an element, headings included. */
  static String of(Node node) {
    HtmlText visitor = new HtmlText(true, false);
    NodeTraversor.traverse(visitor, node);
    return visitor.finish();
  }

  /** Returns the text without code, from which the language is guessed. */
  static String proseOf(Node node) {
    HtmlText visitor = new HtmlText(false, false);
    NodeTraversor.traverse(visitor, node);
    return visitor.finish();
  }

  /** Returns the text cut at its headings; the first part has none and may be empty. */
  static List<Part> parts(Node node) {
    HtmlText visitor = new HtmlText(true, true);
    NodeTraversor.traverse(visitor, node);
    visitor.endPart();
    return visitor.parts;
  }

  private String finish() {
    return Cleaning.text(text.toString());
  }

  private void endPart() {
    parts.add(new Part(anchor, heading, finish()));
    text.setLength(0);
    space = false;
  }

  @Override
  public void head(Node node, int depth) {
    if (node instanceof TextNode words) {
      if (unseen == 0 && (withCode || code == 0)) {
        append(words.getWholeText());
      }
      return;
    }
    if (!(node instanceof Element element)) {
      return;
    }
    String tag = element.normalName();
    if (UNSEEN.contains(tag)) {
      unseen++;
      return;
    }
    if (CODE.contains(tag)) {
      code++;
    }
    rememberAnchor(element);
    if (isHeading(tag) && cutAtHeadings && preformatted == 0) {
      endPart();
      heading = Cleaning.line(element.text());
      anchor = lastAnchor;
      lastAnchor = "";
      unseen++;
    } else if (tag.equals("br")) {
      text.append('\n');
      space = false;
    } else if (tag.equals("li")) {
      newline();
      text.append("- ");
    } else if (tag.equals("td") || tag.equals("th")) {
      if (!text.isEmpty() && text.charAt(text.length() - 1) != '\n') {
        text.append(" | ");
      }
      space = false;
    } else if (BLOCKS.contains(tag) || isHeading(tag)) {
      newline();
    }
    if (tag.equals("pre")) {
      preformatted++;
    }
  }

  @Override
  public void tail(Node node, int depth) {
    if (!(node instanceof Element element)) {
      return;
    }
    String tag = element.normalName();
    if (UNSEEN.contains(tag)) {
      unseen--;
      return;
    }
    if (CODE.contains(tag)) {
      code--;
    }
    if (isHeading(tag) && cutAtHeadings && preformatted == 0) {
      unseen--;
    } else if (BLOCKS.contains(tag) || isHeading(tag) || tag.equals("li")) {
      newline();
    }
    if (tag.equals("pre")) {
      preformatted--;
    }
  }

  private void rememberAnchor(Element element) {
    String id = element.id().isEmpty() && element.normalName().equals("a") ? element.attr("name") : element.id();
    if (id.isEmpty() && isHeading(element.normalName())) {
      Element inner = element.selectFirst("a[id], a[name]");
      id = inner == null ? "" : inner.id().isEmpty() ? inner.attr("name") : inner.id();
    }
    if (!id.isEmpty()) {
      lastAnchor = id;
    }
  }

  private static boolean isHeading(String tag) {
    return tag.length() == 2 && tag.charAt(0) == 'h' && tag.charAt(1) >= '1' && tag.charAt(1) <= '6';
  }

  private void newline() {
    space = false;
    int length = text.length();
    // An empty list item takes its first paragraph on its own line.
    if (length > 0 && text.charAt(length - 1) != '\n' && !endsWithBullet(length)) {
      text.append('\n');
    }
  }

  private boolean endsWithBullet(int length) {
    return length >= 2
        && text.charAt(length - 1) == ' '
        && text.charAt(length - 2) == '-'
        && (length == 2 || text.charAt(length - 3) == '\n');
  }

  private void append(String words) {
    if (preformatted > 0) {
      text.append(words);
      return;
    }
    for (int i = 0; i < words.length(); i++) {
      char c = words.charAt(i);
      if (c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == '\u00a0') {
        space = true;
      } else {
        if (space && !text.isEmpty() && text.charAt(text.length() - 1) != '\n' && !endsWithBullet(text.length())) {
          text.append(' ');
        }
        space = false;
        text.append(c);
      }
    }
  }
}
