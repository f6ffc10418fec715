// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.read;

import io.millrace.formats.draft.Draft;
import io.millrace.formats.draft.TableLines;
import io.millrace.formats.draft.UnreadableFile;
import org.apache.poi.openxml4j.exceptions.OpenXML4JException;
import org.apache.poi.openxml4j.opc.OPCPackage;
import org.apache.poi.xslf.usermodel.XMLSlideShow;
import org.apache.poi.xslf.usermodel.XSLFGroupShape;
import org.apache.poi.xslf.usermodel.XSLFHyperlink;
import org.apache.poi.xslf.usermodel.XSLFNotes;
import org.apache.poi.xslf.usermodel.XSLFShape;
import org.apache.poi.xslf.usermodel.XSLFSlide;
import org.apache.poi.xslf.usermodel.XSLFTable;
import org.apache.poi.xslf.usermodel.XSLFTableCell;
import org.apache.poi.xslf.usermodel.XSLFTableRow;
import org.apache.poi.xslf.usermodel.XSLFTextParagraph;
import org.apache.poi.xslf.usermodel.XSLFTextRun;
import org.apache.poi.xslf.usermodel.XSLFTextShape;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** PowerPoint's PPTX: a section a slide with the speaker's notes; anchors are {@code slide-3}; hidden slides apart. */
final class SlidesReader implements FormatReader {

  @Override
  public void read(FileContent file, Draft draft) throws IOException, UnreadableFile {
    try (OPCPackage opc = OpenXml.open(file); XMLSlideShow show = new XMLSlideShow(opc)) {
      OpenXml.properties(opc, draft);
      draft.documentKind("slides");
      int most = draft.budget().limits().pages();
      List<XSLFSlide> slides = show.getSlides();
      for (int i = 0; i < Math.min(most, slides.size()); i++) {
        slide(slides.get(i), i + 1, draft);
      }
      if (slides.size() > most) {
        draft.leftOut("slides " + (most + 1) + " to " + slides.size() + " were left out (limit pages)");
      }
      OpenXml.attachments(show.getAllEmbeddedParts(), draft);
    } catch (OpenXML4JException e) {
      throw OpenXml.broken(e);
    }
  }

  private static void slide(XSLFSlide slide, int number, Draft draft) {
    String title = Objects.requireNonNullElse(slide.getTitle(), "");
    List<String> lines = new ArrayList<>();
    shapes(slide.getShapes(), title, lines, draft);
    XSLFNotes notes = slide.getNotes();
    if (notes != null) {
      for (List<XSLFTextParagraph> paragraphs : notes.getTextParagraphs()) {
        paragraphs.stream().map(XSLFTextParagraph::getText).filter(text -> !text.matches("\\s*|‹#›|\\d+")).forEach(lines::add);
      }
    }
    if (slide.isHidden()) {
      draft.hidden("hidden slide", title + " " + String.join(" ", lines));
      return;
    }
    draft.heading(title.isBlank() ? "" : title, "slide-" + number);
    if (lines.isEmpty() && !title.isBlank()) {
      draft.lines(title);
    }
    lines.forEach(draft::lines);
  }

  private static void shapes(List<XSLFShape> shapes, String title, List<String> lines, Draft draft) {
    for (XSLFShape shape : shapes) {
      switch (shape) {
        case XSLFTextShape text -> {
          if (!text.getText().equals(title)) {
            text.getTextParagraphs().forEach(paragraph -> paragraph(paragraph, lines, draft));
          }
        }
        case XSLFTable table -> table(table, lines);
        case XSLFGroupShape group -> shapes(group.getShapes(), title, lines, draft);
        default -> {
          // A picture or a line.
        }
      }
    }
  }

  private static void paragraph(XSLFTextParagraph paragraph, List<String> lines, Draft draft) {
    if (!paragraph.getText().isBlank()) {
      lines.add((paragraph.isBullet() ? "- " : "") + paragraph.getText());
    }
    for (XSLFTextRun run : paragraph.getTextRuns()) {
      XSLFHyperlink link = run.getHyperlink();
      if (link != null && link.getAddress() != null) {
        draft.link(link.getAddress(), run.getRawText());
      }
    }
  }

  private static void table(XSLFTable table, List<String> lines) {
    List<XSLFTableRow> rows = table.getRows();
    if (rows.isEmpty()) {
      return;
    }
    TableLines form = new TableLines(cells(rows.getFirst()));
    rows.subList(Math.min(1, rows.size() - 1), rows.size()).forEach(row -> lines.add(form.line(cells(row))));
  }

  private static List<String> cells(XSLFTableRow row) {
    return row.getCells().stream().map(XSLFTableCell::getText).toList();
  }
}
