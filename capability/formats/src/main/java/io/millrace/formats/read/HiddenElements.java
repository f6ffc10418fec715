// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.read;

import io.millrace.formats.draft.Draft;
import org.jsoup.nodes.Comment;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.Node;
import org.jsoup.select.Selector;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Takes out of a page what a browser would not show: by the {@code hidden} attribute, by styles of elements and by the simple
 * rules of style sheets in the page. Scripts are not run, so what they would show stays hidden.
 */
final class HiddenElements {

  private static final Pattern RULE = Pattern.compile("([^{}]{1,500})\\{([^{}]{0,2000})\\}");
  private static final int MOST_RULES = 500;
  private static final int MOST_STYLE = 200_000;

  private HiddenElements() {}

  static void remove(Element page, Draft draft) {
    Map<Element, String> hidden = new LinkedHashMap<>();
    for (Element element : page.select("[hidden]")) {
      hidden.put(element, "hidden attribute");
    }
    for (Element element : page.select("[style]")) {
      String how = how(element.attr("style"), element);
      if (how != null) {
        hidden.putIfAbsent(element, how);
      }
    }
    byStyleSheets(page, hidden);
    hidden.forEach(
        (element, how) -> {
          if (element.normalName().equals("body") || element.normalName().equals("html")) {
            return; // shown by a script: a page that hid itself would say nothing
          }
          draft.hidden(how, element.text());
          element.remove();
        });
    List<Comment> comments = new ArrayList<>();
    page.traverse((node, depth) -> {
      if (node instanceof Comment comment) {
        comments.add(comment);
      }
    });
    comments.forEach(Node::remove);
  }

  private static void byStyleSheets(Element page, Map<Element, String> hidden) {
    int rules = 0;
    for (Element style : page.select("style")) {
      String css = withoutBlocks(style.data());
      Matcher rule = RULE.matcher(css);
      while (rule.find() && rules++ < MOST_RULES) {
        String how = how(rule.group(2), null);
        if (how == null || rule.group(1).contains(":")) {
          continue;
        }
        try {
          page.select(rule.group(1).strip()).forEach(element -> hidden.putIfAbsent(element, how));
        } catch (Selector.SelectorParseException | IllegalArgumentException e) {
          continue; // a selector beyond what is understood hides nothing here
        }
      }
    }
  }

  /** Leaves out comments and what stands in blocks such as {@code @media print}, which say nothing about screens. */
  private static String withoutBlocks(String css) {
    String bounded = css.substring(0, Math.min(css.length(), MOST_STYLE));
    StringBuilder out = new StringBuilder();
    int depth = 0;
    boolean at = false;
    for (int i = 0; i < bounded.length(); i++) {
      char c = bounded.charAt(i);
      if (bounded.startsWith("/*", i)) {
        int end = bounded.indexOf("*/", i + 2);
        i = end < 0 ? bounded.length() : end + 1;
        continue;
      }
      if (c == '@' && depth == 0) {
        at = true;
      }
      depth += c == '{' ? 1 : c == '}' ? -1 : 0;
      if (!at) {
        out.append(c);
      }
      if (at && (c == '}' && depth <= 0 || c == ';' && depth == 0)) {
        at = false;
        depth = 0;
      }
    }
    return out.toString();
  }

  /** Returns what in a declaration hides, or null. */
  private static @Nullable String how(String declarations, @Nullable Element element) {
    String color = "";
    String background = "";
    for (String declaration : declarations.toLowerCase(Locale.ROOT).split(";")) {
      int colon = declaration.indexOf(':');
      if (colon < 0) {
        continue;
      }
      String name = declaration.substring(0, colon).strip();
      String value = declaration.substring(colon + 1).replace("!important", "").strip();
      switch (name) {
        case "display" -> {
          if (value.equals("none")) {
            return "display:none";
          }
        }
        case "visibility" -> {
          if (value.equals("hidden") || value.equals("collapse")) {
            return "visibility:hidden";
          }
        }
        case "opacity" -> {
          if (value.matches("0+(\\.0*)?%?|\\.0+")) {
            return "opacity:0";
          }
        }
        case "font-size" -> {
          if (value.matches("(0+(\\.0*)?|0*\\.0*[0-9]|1)(px|pt|em|rem|%)?") && !value.matches("1(em|rem)")) {
            return "font-size:0";
          }
        }
        case "color" -> color = color(value);
        case "background", "background-color" -> background = color(value);
        default -> {
          // Says nothing about whether it is seen.
        }
      }
    }
    if (color.isEmpty()) {
      return null;
    }
    if (color.equals("transparent")) {
      return "transparent text";
    }
    if (color.equals(background) || color.equals("white") && background.isEmpty() && onWhite(element)) {
      return "text in the colour of its background";
    }
    return null;
  }

  /** Whether no element around sets a background; a style sheet that may do so counts as one. */
  private static boolean onWhite(@Nullable Element element) {
    if (element == null) {
      return false;
    }
    for (Element around = element.parent(); around != null; around = around.parent()) {
      String style = around.attr("style").toLowerCase(Locale.ROOT);
      if (style.contains("background") || around.hasAttr("bgcolor") || around.hasAttr("class") && around.ownerDocument() != null
          && !around.ownerDocument().select("style, link[rel=stylesheet]").isEmpty()) {
        return style.matches(".*background[^;]*(#fff|white).*");
      }
    }
    return true;
  }

  private static String color(String value) {
    String plain = value.replace(" ", "");
    return switch (plain) {
      case "white", "#fff", "#ffffff", "rgb(255,255,255)", "rgba(255,255,255,1)", "hsl(0,0%,100%)" -> "white";
      case "transparent", "rgba(0,0,0,0)", "#0000", "#00000000" -> "transparent";
      case "black", "#000", "#000000" -> "black";
      default -> plain;
    };
  }
}
