// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.read;

import io.millrace.formats.draft.Draft;
import io.millrace.formats.draft.TableLines;
import io.millrace.formats.draft.UnreadableFile;
import org.apache.poi.openxml4j.exceptions.OpenXML4JException;
import org.apache.poi.openxml4j.opc.OPCPackage;
import org.apache.poi.xwpf.usermodel.IBodyElement;
import org.apache.poi.xwpf.usermodel.ICell;
import org.apache.poi.xwpf.usermodel.XWPFDocument;
import org.apache.poi.xwpf.usermodel.XWPFHyperlink;
import org.apache.poi.xwpf.usermodel.XWPFHyperlinkRun;
import org.apache.poi.xwpf.usermodel.XWPFParagraph;
import org.apache.poi.xwpf.usermodel.XWPFRun;
import org.apache.poi.xwpf.usermodel.XWPFSDT;
import org.apache.poi.xwpf.usermodel.XWPFSDTCell;
import org.apache.poi.xwpf.usermodel.XWPFStyle;
import org.apache.poi.xwpf.usermodel.XWPFTable;
import org.apache.poi.xwpf.usermodel.XWPFTableCell;
import org.apache.poi.xwpf.usermodel.XWPFTableRow;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Consumer;

/** Word's DOCX: headings by their styles, lists, tables with the first row as header, links; hidden and white text apart. */
final class WordReader implements FormatReader {

  @Override
  public void read(FileContent file, Draft draft) throws IOException, UnreadableFile {
    try (OPCPackage opc = OpenXml.open(file); XWPFDocument document = new XWPFDocument(opc)) {
      OpenXml.properties(opc, draft);
      elements(document, document.getBodyElements(), draft);
      document.getFootnotes().forEach(note -> note.getParagraphs().forEach(p -> paragraph(document, p, draft)));
      OpenXml.attachments(document.getAllEmbeddedParts(), draft);
    } catch (OpenXML4JException e) {
      throw OpenXml.broken(e);
    }
  }

  private static void elements(XWPFDocument document, List<IBodyElement> elements, Draft draft) {
    for (IBodyElement element : elements) {
      switch (element) {
        case XWPFParagraph paragraph -> paragraph(document, paragraph, draft);
        case XWPFTable table -> table(document, table, draft, draft::lines);
        case XWPFSDT control -> draft.lines(control.getContent().getText());
        default -> {
          // Nothing that is read.
        }
      }
    }
  }

  private static void paragraph(XWPFDocument document, XWPFParagraph paragraph, Draft draft) {
    String style = style(document, paragraph.getStyle());
    String text = text(document, paragraph, draft);
    if (text.isBlank()) {
      return;
    }
    if (style.equals("title")) {
      draft.title(text);
    } else if (style.matches("heading [1-9]|标题 [1-9]")) {
      draft.heading(text, "");
    } else {
      draft.lines((paragraph.getNumID() == null ? "" : "- ") + text);
    }
  }

  /** The style's name, which is the same in every language of Word, while identities are not. */
  private static String style(XWPFDocument document, @Nullable String id) {
    if (id == null) {
      return "";
    }
    XWPFStyle style = document.getStyles() == null ? null : document.getStyles().getStyle(id);
    String name = style == null ? null : style.getName();
    return Objects.requireNonNullElse(name, id.replaceAll("(?i)^heading ?([1-9])$", "heading $1")).toLowerCase(Locale.ROOT);
  }

  private static String text(XWPFDocument document, XWPFParagraph paragraph, Draft draft) {
    StringBuilder text = new StringBuilder();
    for (XWPFRun run : paragraph.getRuns()) {
      String words = run.text();
      if (run.isVanish()) {
        draft.hidden("hidden text", words);
      } else if ("FFFFFF".equalsIgnoreCase(run.getColor()) && !run.isHighlighted() && plain(paragraph)) {
        draft.hidden("text in the colour of its background", words);
      } else {
        text.append(words);
        if (run instanceof XWPFHyperlinkRun linked) {
          XWPFHyperlink link = linked.getHyperlink(document);
          if (link != null && link.getURL() != null) {
            draft.link(link.getURL(), words);
          }
        }
      }
    }
    return text.toString();
  }

  /** White text is read on the shaded background of a table's header. */
  private static boolean plain(XWPFParagraph paragraph) {
    return paragraph.getBody() instanceof XWPFDocument;
  }

  private static void table(XWPFDocument document, XWPFTable table, Draft draft, Consumer<String> lines) {
    List<XWPFTableRow> rows = table.getRows();
    if (rows.isEmpty()) {
      return;
    }
    TableLines form = new TableLines(cells(document, rows.getFirst(), draft));
    if (rows.size() == 1 || form.header().size() == 1) {
      // A frame around text rather than a table.
      rows.forEach(row -> lines.accept(String.join("\n", cells(document, row, draft))));
      return;
    }
    int most = draft.budget().limits().rows();
    for (int i = 1; i < Math.min(rows.size(), most + 1); i++) {
      lines.accept(form.line(cells(document, rows.get(i), draft)));
    }
    if (rows.size() > most + 1) {
      draft.leftOut((rows.size() - most - 1) + " rows of a table beyond the first " + most + " were left out (limit rows)");
    }
  }

  private static List<String> cells(XWPFDocument document, XWPFTableRow row, Draft draft) {
    return row.getTableICells().stream().map(cell -> cell(document, cell, draft)).toList();
  }

  /** A cell holds all that a page may hold, tables too, and may itself be a control with content. */
  private static String cell(XWPFDocument document, ICell cell, Draft draft) {
    if (cell instanceof XWPFSDTCell control) {
      return control.getContent().getText();
    }
    List<String> lines = new ArrayList<>();
    for (IBodyElement element : cell instanceof XWPFTableCell plain ? plain.getBodyElements() : List.<IBodyElement>of()) {
      switch (element) {
        case XWPFParagraph paragraph -> lines.add(text(document, paragraph, draft));
        case XWPFTable table -> table(document, table, draft, lines::add);
        case XWPFSDT control -> lines.add(control.getContent().getText());
        default -> {
          // Nothing that is read.
        }
      }
    }
    return String.join("\n", lines);
  }
}
