// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.read;

import io.millrace.core.document.Cleaning;
import io.millrace.formats.draft.Draft;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.Node;
import org.jsoup.nodes.TextNode;
import org.jsoup.select.NodeFilter;
import org.jsoup.select.NodeTraversor;
import org.jspecify.annotations.Nullable;

import java.util.Set;

/** Walks through a page: headings begin sections; paragraphs, list items, rows of tables and lines of code stay apart. */
final class HtmlStructure implements NodeFilter {

  private static final Set<String> BLOCKS =
      Set.of(
          "p", "div", "ul", "ol", "dl", "dt", "dd", "blockquote", "table", "tr", "caption", "section", "hr", "article", "header",
          "footer", "main", "figure", "figcaption", "summary", "details", "center", "li");
  private static final Set<String> UNSEEN =
      Set.of("script", "style", "noscript", "template", "svg", "button", "head", "iframe", "object", "select");

  private final Draft draft;
  private final StringBuilder line = new StringBuilder();
  private String lastAnchor = "";
  private boolean space;

  private HtmlStructure(Draft draft) {
    this.draft = draft;
  }

  /** Reads an element and everything in it. */
  static void read(Element root, Draft draft) {
    HtmlStructure structure = new HtmlStructure(draft);
    NodeTraversor.filter(structure, root);
    structure.endLine();
  }

  @Override
  public FilterResult head(Node node, int depth) {
    if (node instanceof TextNode words) {
      append(words.getWholeText());
      return FilterResult.CONTINUE;
    }
    if (!(node instanceof Element element)) {
      return FilterResult.SKIP_ENTIRELY;
    }
    String tag = element.normalName();
    if (UNSEEN.contains(tag)) {
      return FilterResult.SKIP_ENTIRELY;
    }
    if (!element.id().isEmpty() || tag.equals("a") && element.hasAttr("name")) {
      lastAnchor = element.id().isEmpty() ? element.attr("name") : element.id();
    }
    if (isHeading(tag)) {
      endLine();
      heading(element);
      return FilterResult.SKIP_ENTIRELY;
    }
    if (tag.equals("pre")) {
      endLine();
      code(element);
      return FilterResult.SKIP_ENTIRELY;
    }
    if (tag.equals("table") && HtmlTable.read(element, this::row)) {
      return FilterResult.SKIP_ENTIRELY;
    }
    if (tag.equals("br")) {
      endLine();
    } else if (tag.equals("td") || tag.equals("th")) {
      if (!line.isEmpty()) {
        line.append(" | ");
      }
      space = false;
    } else if (BLOCKS.contains(tag)) {
      // An empty list item takes its first paragraph on its own line.
      if (!line.toString().equals("- ")) {
        endLine();
      }
      if (tag.equals("li")) {
        line.append("- ");
      }
    }
    return FilterResult.CONTINUE;
  }

  @Override
  public FilterResult tail(@Nullable Node node, int depth) {
    if (node instanceof Element element && BLOCKS.contains(element.normalName())) {
      endLine();
    }
    return FilterResult.CONTINUE;
  }

  private void heading(Element element) {
    Element inner = element.selectFirst("a[id], a[name]");
    if (element.id().isEmpty() && inner != null) {
      lastAnchor = inner.id().isEmpty() ? inner.attr("name") : inner.id();
    }
    String words = Cleaning.line(element.text());
    if (!words.isEmpty()) {
      draft.heading(words, lastAnchor);
    }
    lastAnchor = "";
  }

  private void code(Element pre) {
    String language = "";
    for (Element element : pre.select("pre, code")) {
      for (String name : element.classNames()) {
        if (name.startsWith("language-") || name.startsWith("lang-")) {
          language = name.substring(name.indexOf('-') + 1);
        }
      }
    }
    if (!pre.wholeText().isBlank()) {
      draft.code(language, pre.wholeText().replaceAll("^\\R", ""));
    }
  }

  private void row(String row) {
    endLine();
    draft.lines(row);
  }

  private static boolean isHeading(String tag) {
    return tag.length() == 2 && tag.charAt(0) == 'h' && tag.charAt(1) >= '1' && tag.charAt(1) <= '6';
  }

  private void endLine() {
    if (!line.toString().isBlank() && !line.toString().equals("- ")) {
      draft.lines(line.toString());
    }
    line.setLength(0);
    space = false;
  }

  private void append(String words) {
    for (int i = 0; i < words.length(); i++) {
      char c = words.charAt(i);
      if (c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == '\u00a0') {
        space = true;
      } else {
        if (space && !line.isEmpty() && line.charAt(line.length() - 1) != ' ') {
          line.append(' ');
        }
        space = false;
        line.append(c);
      }
    }
  }
}
