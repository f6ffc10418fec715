// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

import io.millrace.core.document.Cleaning;
import io.millrace.core.document.Link;
import io.millrace.core.document.Section;
import org.jsoup.nodes.Element;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Collects what one page says: the blocks and description lists behind each signature, and all links in them. */
final class PageProse {

  /** Placeholders that people write to silence the doclet's warnings. */
  private static final Set<String> NOTHING = Set.of("", "/", "-", "--", ".", "无", "n/a", "todo", "*", "none", "null");

  /**
   * What stands behind a signature.
   *
   * @param parts text cut at its headings, the first without one
   */
  record Prose(List<HtmlText.Part> parts, List<Section.Detail> details) {

    /** Returns the same with all parts in one. */
    Prose asOne() {
      StringBuilder all = new StringBuilder();
      for (HtmlText.Part part : parts) {
        for (String piece : List.of(part.heading(), part.text())) {
          if (!piece.isEmpty()) {
            all.append(all.isEmpty() ? "" : "\n").append(piece);
          }
        }
      }
      return new Prose(List.of(new HtmlText.Part("", "", all.toString())), details);
    }

    /** Returns the prose as sections: the first as described, one more for each heading with text below it. */
    List<Section> sections(String anchor, String kind, String heading, String signature) {
      List<Section> sections = new ArrayList<>();
      sections.add(new Section(anchor, kind, heading, signature, parts.getFirst().text(), details));
      for (HtmlText.Part part : parts.subList(1, parts.size())) {
        if (!part.text().isEmpty()) {
          sections.add(new Section(part.anchor(), "text", part.heading(), "", part.text(), List.of()));
        }
      }
      return sections;
    }
  }

  private final JavadocLinks targets;
  private final String entry;
  private final Map<String, Link> links = new LinkedHashMap<>();
  private final StringBuilder withoutCode = new StringBuilder();

  PageProse(JavadocLinks targets, String entry) {
    this.targets = targets;
    this.entry = entry;
  }

  /** Reads what follows a signature, and what stands beside it within the same parent. */
  Prose read(Element signature) {
    Element parent = signature.parent();
    if (parent == null) {
      return new Prose(List.of(new HtmlText.Part("", "", "")), List.of());
    }
    // JDK 24 and later wrap signature and prose in one more element; notes may stand outside it.
    List<Element> content = new ArrayList<>(parent.children());
    if (parent.className().equals("horizontal-scroll") && parent.parent() != null) {
      content.addAll(0, parent.parent().children());
    }
    return read(content);
  }

  /** Reads the blocks within an element. */
  Prose inside(Element container) {
    return read(container.children());
  }

  private Prose read(List<Element> content) {
    Element block = new Element("div");
    List<Section.Detail> details = new ArrayList<>();
    boolean inherited = false;
    for (Element element : content) {
      if (element.normalName().equals("dl")) {
        list(element, inherited, details);
      } else if (isDeprecation(element)) {
        deprecation(element, details);
      } else if (element.hasClass("block")) {
        if (copied(element)) {
          inherited = true;
        } else if (!inherited) {
          block.appendChild(element.clone());
        }
      }
    }
    withoutCode.append(HtmlText.proseOf(block)).append('\n');
    block.select("a[href]").forEach(link -> link(link, "mentions"));
    return new Prose(HtmlText.parts(block), details);
  }

  /** A description that the doclet copied is marked by a label, alone in its block before the copy. */
  private boolean copied(Element block) {
    Element label =
        block.selectFirst("> .descfrmTypeLabel, > .descfrm-type-label, > .description-from-type-label");
    if (label == null) {
      return false;
    }
    label.select("a[href]").forEach(link -> link(link, "inherits"));
    return true;
  }

  private static boolean isDeprecation(Element element) {
    return element.hasClass("deprecation-block")
        || element.hasClass("deprecationBlock")
        || element.selectFirst("> .deprecatedLabel, > .deprecated-label") != null;
  }

  private void deprecation(Element element, List<Section.Detail> details) {
    Element copy = element.clone();
    copy.select("a[href]").forEach(link -> link(link, "see"));
    Element label = copy.selectFirst(".deprecatedLabel, .deprecated-label");
    String marker = label == null ? "" : Cleaning.line(label.text());
    if (label != null) {
      label.remove();
    }
    String text = Cleaning.line(HtmlText.of(copy));
    details.add(new Section.Detail("deprecated", "", text.isEmpty() ? marker : text));
    withoutCode.append(HtmlText.proseOf(copy)).append('\n');
  }

  private void list(Element list, boolean inherited, List<Section.Detail> details) {
    String text = "";
    DetailLabel label = DetailLabel.LEFT_OUT;
    for (Element element : list.children()) {
      if (element.normalName().equals("dt")) {
        text = Cleaning.line(element.text());
        DetailLabel known = DetailLabel.of(text);
        label = known;
        Element next = element.nextElementSibling();
        if (known == null && !inherited && (next == null || !next.normalName().equals("dd")) && !text.endsWith(":")) {
          details.add(new Section.Detail("note", "", text));
        }
      } else if (element.normalName().equals("dd")) {
        fact(element, label, text, inherited, details);
      }
    }
  }

  private void fact(
      Element element,
      @Nullable DetailLabel label,
      String labelText,
      boolean inherited,
      List<Section.Detail> details) {
    if (label == DetailLabel.LEFT_OUT) {
      return;
    }
    if (label != null && label.onlyLinks()) {
      element.select("a[href]").forEach(link -> link(link, label.kind()));
      return;
    }
    if (inherited && label != DetailLabel.SINCE && label != DetailLabel.DEFAULT) {
      return;
    }
    element.select("a[href]").forEach(link -> link(link, "mentions"));
    String kind = label == null ? custom(labelText) : label.kind();
    String name = "";
    Element body = element;
    if (label != null && label.named() && element.firstElementChild() != null) {
      body = element.clone();
      Element first = body.firstElementChild();
      if (first != null && first.normalName().equals("code")) {
        name = Cleaning.line(first.text());
        first.remove();
      }
    }
    String text = Cleaning.line(HtmlText.of(body));
    text = name.isEmpty() ? text : text.replaceFirst("^[-–—]\\s*", "");
    if (!NOTHING.contains(text.toLowerCase(Locale.ROOT))) {
      details.add(new Section.Detail(kind, name, text));
      withoutCode.append(HtmlText.proseOf(body)).append('\n');
    }
  }

  private static String custom(String label) {
    String bare = label.endsWith(":") || label.endsWith("：") ? label.substring(0, label.length() - 1) : label;
    return bare.isBlank() ? "note" : bare.strip().toLowerCase(Locale.ROOT);
  }

  /** Keeps a link if it leads to a document or an address; returns whether it does. */
  boolean link(Element anchor, String kind) {
    String target = targets.target(entry, anchor.attr("href"));
    if (target == null) {
      return false;
    }
    links.putIfAbsent(kind + " " + target, new Link(target, Cleaning.line(anchor.text()), kind));
    return true;
  }

  /** Returns all links, each target once a kind. */
  List<Link> links() {
    return List.copyOf(links.values());
  }

  /** Returns all prose without code, from which the language is guessed. */
  String withoutCode() {
    return withoutCode.toString();
  }
}
