// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.read;

import io.millrace.formats.draft.Draft;
import io.millrace.formats.draft.UnreadableFile;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Element;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** HTML: the main part of the page, without what browsers do not show. */
final class HtmlReader implements FormatReader {

  private static final Pattern CHARSET = Pattern.compile("charset\\s*=\\s*[\"']?\\s*([A-Za-z0-9_:.-]+)", Pattern.CASE_INSENSITIVE);
  private static final int HEAD = 4_096;

  @Override
  public void read(FileContent file, Draft draft) throws UnreadableFile {
    String head = new String(file.bytes(), 0, Math.min(HEAD, file.bytes().length), StandardCharsets.ISO_8859_1);
    Matcher declared = CHARSET.matcher(head);
    page(file.text(draft, declared.find() ? declared.group(1) : null), draft);
  }

  /** Reads a page. */
  static void page(String html, Draft draft) throws UnreadableFile {
    Element page;
    try {
      page = Jsoup.parse(html);
    } catch (RuntimeException e) {
      throw new UnreadableFile("its HTML cannot be read: " + e.getMessage());
    }
    String base = page.select("base[href]").attr("href").strip();
    draft.suggestTitle(page.select("head > title").text());
    draft.attribute("author", page.select("meta[name=author]").attr("content"));
    HiddenElements.remove(page, draft);
    Element body = main(page);
    body.select("nav, header, footer, aside").remove();
    // Of what is read alone: menus point from every page of a site to all others, which says nothing of this one.
    for (Element link : body.select("a[href]")) {
      draft.link(href(link, base), link.text());
    }
    HtmlStructure.read(body, draft);
  }

  /** Where a link points from where the page says that it lies ({@code <base>}), if it does: an address, or a folder beside it. */
  private static String href(Element link, String base) {
    String own = link.attr("href").strip();
    if (own.startsWith("#") || base.isEmpty()) {
      return own;
    }
    if (!link.baseUri().isEmpty()) {
      return link.absUrl("href");
    }
    return FolderLinks.isPath(own) && !own.startsWith("/") ? base.substring(0, base.lastIndexOf('/') + 1) + own : own;
  }

  /** The part that is marked as the main one; an article is that only where it is alone, else it is one of a list. */
  private static Element main(Element page) {
    for (String marked : List.of("main", "article", "body")) {
      List<Element> parts = page.select(marked).stream().filter(Element::hasText).toList();
      if (parts.size() == 1) {
        return parts.getFirst();
      }
    }
    return page;
  }
}
