// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

import io.millrace.core.document.Cleaning;
import org.jsoup.nodes.Element;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A member in the details part of a class page.
 *
 * @param kind {@code constructor}, {@code method}, {@code field}, {@code constant}, {@code element}, {@code property}
 * @param anchor fragment identifier
 * @param heading the member's name
 * @param signature its declaration on one line
 * @param signatureElement what stands before its prose
 */
record MemberElement(String kind, String anchor, String heading, String signature, Element signatureElement) {

  /** Finds the members of a page in its order. */
  static List<MemberElement> of(Element page) {
    List<MemberElement> members = new ArrayList<>();
    for (Element section : page.select("section.detail")) {
      add(members, modern(section));
    }
    if (members.isEmpty()) {
      for (Element heading : page.select("div.details li > h4, section.details li > h4")) {
        add(members, legacy(heading));
      }
    }
    return members;
  }

  private static void add(List<MemberElement> members, @Nullable MemberElement member) {
    if (member != null) {
      members.add(member);
    }
  }

  /** JDK 15 and later: each member is a section with an id, within a section that says what it is. */
  private static @Nullable MemberElement modern(Element section) {
    Element heading = section.selectFirst("h3, h4, h2");
    Element signature = section.selectFirst(".member-signature, .memberSignature");
    if (heading == null || signature == null) {
      return null;
    }
    String anchor = section.id();
    if (anchor.isEmpty()) {
      Element inner = heading.selectFirst("a[id]");
      anchor = inner == null ? "" : inner.id();
    }
    return new MemberElement(
        kind(group(section)), anchor, Cleaning.line(heading.text()), Cleaning.line(signature.wholeText()), signature);
  }

  private static String group(Element section) {
    for (Element parent : section.parents()) {
      if (parent.normalName().equals("section") && !parent.className().equals("details")) {
        return parent.className();
      }
    }
    return "";
  }

  /** JDK 8 to 14: a heading within a list item; anchors stand before the list, the group's before all of them. */
  private static @Nullable MemberElement legacy(Element heading) {
    Element item = heading.parent();
    Element list = item == null ? null : item.parent();
    Element signature = item == null ? null : item.selectFirst("> pre, > .memberSignature, > .member-signature");
    if (list == null || signature == null) {
      return null;
    }
    String anchor = "";
    for (Element before = list.previousElementSibling();
        before != null && before.normalName().equals("a") && anchor.isEmpty();
        before = before.previousElementSibling()) {
      anchor = before.id().isEmpty() ? before.attr("name") : before.id();
    }
    String group = "";
    for (Element parent = list.parent(); parent != null && group.isEmpty(); parent = parent.parent()) {
      Element first = parent.selectFirst("> a[name$=.detail], > a[id$=.detail]");
      group = first == null ? "" : first.id().isEmpty() ? first.attr("name") : first.id();
    }
    return new MemberElement(
        kind(group), anchor, Cleaning.line(heading.text()), Cleaning.line(signature.wholeText()), signature);
  }

  private static String kind(String group) {
    if (group.contains("annotation") || group.contains("member") || group.contains("element")) {
      return "element";
    }
    if (group.contains("constant")) {
      return "constant";
    }
    for (String kind : List.of("constructor", "field", "property")) {
      if (group.contains(kind)) {
        return kind;
      }
    }
    return "method";
  }

  /** Returns whether the compiler made the member, so that its description is the same on every page. */
  boolean generated(String typeKind) {
    return switch (typeKind) {
      case "enum" -> anchor.startsWith("values()") || anchor.startsWith("valueOf(java.lang.String)")
          || anchor.equals("values--") || anchor.equals("valueOf-java.lang.String-");
      case "record" -> Set.of("toString()", "hashCode()", "equals(java.lang.Object)").contains(anchor);
      default -> heading.equals("serialVersionUID");
    };
  }
}
