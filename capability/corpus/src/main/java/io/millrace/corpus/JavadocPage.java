// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

import io.millrace.core.document.Cleaning;
import io.millrace.core.document.Document;
import io.millrace.core.document.Language;
import io.millrace.core.document.Section;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Element;
import org.jspecify.annotations.Nullable;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads one page that the standard doclet of JDK 8, 11, 17, 21 or 25 wrote: a class, a package or a module. What is
 * prose becomes sections; navigation, summary tables, lists of inherited members and descriptions that were copied
 * from a supertype are left out.
 */
final class JavadocPage {

  /**
   * Where a page stands.
   *
   * @param id identity of its document
   * @param entry name within the jar
   * @param updatedAt when the entry was written
   */
  record Place(JavadocJar jar, JavadocIndex index, JavadocLinks links, String entry, String id, Instant updatedAt) {}

  private static final Pattern TYPE =
      Pattern.compile("(?<![\\w.@])(@interface|class|interface|enum|record)\\s+[\\p{L}_$]");

  private final Place place;
  private final Element page;
  private final PageProse prose;

  private JavadocPage(Place place, Element page) {
    this.place = place;
    this.page = page;
    this.prose = new PageProse(place.links(), place.entry());
  }

  /**
   * Parses a page; its encoding is the one that it declares, else UTF-8.
   *
   * @return null when the page describes nothing and lists nothing
   * @throws UnreadablePage when it is neither a class, nor a package, nor a module
   */
  static @Nullable Document parse(byte[] html, Place place) throws UnreadablePage {
    Element body;
    try {
      body = Jsoup.parse(new ByteArrayInputStream(html), null, "").body();
    } catch (IOException | RuntimeException e) {
      // Declared charsets that do not exist, tags nested beyond all reason: the page's fault, not ours.
      throw new UnreadablePage("its HTML cannot be read: " + e.getMessage());
    }
    Element main = body.selectFirst("main");
    return new JavadocPage(place, main == null ? body : main).read();
  }

  private @Nullable Document read() throws UnreadablePage {
    if (place.entry().endsWith("/module-summary.html")) {
      return summary("module", "module", place.id().substring(place.jar().library().length() + 1));
    }
    if (place.entry().endsWith("/package-summary.html")) {
      return summary("package", "package", packageName(place.id()));
    }
    return type();
  }

  private Document type() throws UnreadablePage {
    Element signature = page.selectFirst(".type-signature, .typeSignature");
    if (signature == null) {
      Element name = page.selectFirst("pre .typeNameLabel, .description pre");
      signature = name == null || name.normalName().equals("pre") ? name : name.closest("pre");
    }
    if (signature == null) {
      throw new UnreadablePage("it has no type signature, so it is no class page of a known javadoc version");
    }
    String declaration = Cleaning.line(signature.wholeText());
    Matcher type = TYPE.matcher(declaration);
    if (!type.find()) {
      throw new UnreadablePage("its signature '" + declaration + "' declares no type");
    }
    String kind = type.group(1).equals("@interface") ? "annotation" : type.group(1);
    String title = place.id().substring(place.id().lastIndexOf('/') + 1);

    List<Section> sections = new ArrayList<>();
    inheritance(signature);
    PageProse.Prose introduction = prose.read(signature);
    sections.addAll(introduction.sections("", "description", title, declaration));
    for (MemberElement member : MemberElement.of(page)) {
      if (!member.generated(kind)) {
        sections.addAll(
            prose
                .read(member.signatureElement())
                .asOne()
                .sections(member.anchor(), member.kind(), member.heading(), member.signature()));
      }
    }
    Map<String, String> attributes = new LinkedHashMap<>();
    attributes.put("qualifiedName", packageName(place.id().substring(0, place.id().lastIndexOf('/'))) + "." + title);
    return document(kind, title, packageAndTitle(title), sections, attributes);
  }

  private void inheritance(Element signature) {
    for (Element ancestor : page.select("div.inheritance > a[href], ul.inheritance > li > a[href]")) {
      prose.link(ancestor, "extends");
    }
    String declaration = Cleaning.line(signature.wholeText());
    int interfaces = declaration.indexOf(" implements ");
    for (Element link : signature.select("a[href]")) {
      if (link.closest(".annotations") == null) {
        int place = declaration.lastIndexOf(Cleaning.line(link.text()));
        prose.link(link, interfaces >= 0 && place > interfaces ? "implements" : "extends");
      }
    }
  }

  private @Nullable Document summary(String kind, String keyword, String name) {
    Element description =
        page.selectFirst(
            "section.package-description, section.module-description, section.packageDescription,"
                + " section.moduleDescription, a[name=package.description], a[id=package.description],"
                + " a[id=module.description]");
    List<Section> sections = new ArrayList<>();
    if (description == null) {
      sections.add(new Section("", "description", name, keyword + " " + name, "", List.of()));
    } else {
      Element first =
          description.normalName().equals("a")
              ? description.parent() == null ? description : description.parent()
              : description;
      sections.addAll(prose.inside(first).sections("", "description", name, keyword + " " + name));
    }
    Section contents = contents();
    if (contents != null) {
      sections.add(contents);
    }
    if (description == null && contents == null) {
      return null;
    }
    List<String> path = new ArrayList<>(List.of(place.jar().library()));
    path.add(name);
    return document(kind, name, path, sections, Map.of("qualifiedName", name));
  }

  /** The classes of a package or the packages of a module, by name only: their pages describe themselves. */
  private @Nullable Section contents() {
    List<String> names = new ArrayList<>();
    for (Element link :
        page.select(
            ".col-first > a[href], .summary-table .col-first > a[href], table.typeSummary .colFirst > a[href],"
                + " table.packagesSummary .colFirst > a[href], table .colFirst > a[href]")) {
      String name = Cleaning.line(link.text());
      if (!name.isEmpty() && !names.contains(name) && prose.link(link, "contains")) {
        names.add(name);
      }
    }
    return names.isEmpty()
        ? null
        : new Section("contents", "contents", "contents", "", String.join(", ", names), List.of());
  }

  private Document document(
      String kind, String title, List<String> path, List<Section> sections, Map<String, String> attributes) {
    Map<String, String> facts = new LinkedHashMap<>(attributes);
    for (Section.Detail detail : sections.getFirst().details()) {
      if (detail.kind().equals("since") || detail.kind().equals("deprecated")) {
        facts.putIfAbsent(detail.kind(), detail.text());
      }
    }
    return new Document(
        place.id(),
        place.jar().source(),
        kind,
        Language.of(prose.withoutCode()),
        title,
        path,
        null,
        sections,
        prose.links(),
        place.updatedAt(),
        facts, Set.of());
  }

  private List<String> packageAndTitle(String title) {
    String id = place.id();
    String library = place.jar().library();
    int end = id.length() - title.length() - 1;
    return end <= library.length()
        ? List.of(library, title)
        : List.of(library, id.substring(library.length() + 1, end).replace('/', '.'), title);
  }

  private String packageName(String id) {
    int start = place.jar().library().length() + 1;
    return start > id.length() ? "" : id.substring(start).replace('/', '.');
  }
}
