// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.read;

import io.millrace.formats.draft.Draft;
import io.millrace.formats.draft.UnreadableFile;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDDocumentInformation;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.encryption.InvalidPasswordException;
import org.apache.pdfbox.pdmodel.interactive.action.PDActionURI;
import org.apache.pdfbox.pdmodel.interactive.annotation.PDAnnotation;
import org.apache.pdfbox.pdmodel.interactive.annotation.PDAnnotationLink;

import java.io.IOException;
import java.io.Writer;
import java.util.List;

/** PDF: a section a page, and one a heading, told by larger letters; anchors are {@code page-3}. */
final class PdfReader implements FormatReader {

  /** Headings are at least so much larger than the text. */
  private static final double LARGER = 1.15;

  private static final int LONGEST_HEADING = 160;

  @Override
  public void read(FileContent file, Draft draft) throws IOException, UnreadableFile {
    try (PDDocument document = Loader.loadPDF(file.bytes())) {
      information(document, draft);
      int most = draft.budget().limits().pages();
      int pages = document.getNumberOfPages();
      PdfLines lines = new PdfLines(draft.budget().limits().characters(), words -> draft.hidden("invisible letters", words));
      lines.setEndPage(Math.min(pages, most));
      lines.writeText(document, Writer.nullWriter());
      links(document, Math.min(pages, most), draft);
      if (pages > most) {
        draft.leftOut("pages " + (most + 1) + " to " + pages + " were left out (limit pages)");
      }
      write(lines, draft);
    } catch (InvalidPasswordException e) {
      throw new UnreadableFile("it is protected by a password: save it anew without one");
    }
  }

  private static void information(PDDocument document, Draft draft) {
    PDDocumentInformation information = document.getDocumentInformation();
    if (information.getTitle() != null) {
      draft.suggestTitle(information.getTitle());
    }
    draft.attribute("author", information.getAuthor());
    draft.attribute("pages", Integer.toString(document.getNumberOfPages()));
    if (information.getModificationDate() != null) {
      draft.attribute("modified", information.getModificationDate().toInstant().toString());
    }
  }

  private static void write(PdfLines lines, Draft draft) {
    double usual = lines.usualSize();
    // A scan whose text was recognised has letters of no size.
    double large = usual == 0 ? Double.MAX_VALUE : usual * LARGER;
    int page = 0;
    for (PdfLines.Line line : lines.paragraphs(large)) {
      if (line.page() != page) {
        page = line.page();
        draft.place("page-" + page);
      }
      if (line.size() >= large && line.text().length() <= LONGEST_HEADING && line.text().codePoints().anyMatch(Character::isLetter)) {
        draft.heading(line.text(), "page-" + page);
      } else {
        draft.lines(line.text());
      }
    }
  }

  private static void links(PDDocument document, int pages, Draft draft) throws IOException {
    for (int i = 0; i < pages; i++) {
      PDPage page = document.getPage(i);
      List<PDAnnotation> annotations = page.getAnnotations();
      for (PDAnnotation annotation : annotations) {
        if (annotation instanceof PDAnnotationLink link && link.getAction() instanceof PDActionURI action && action.getURI() != null) {
          draft.link(action.getURI(), "page " + (i + 1));
        }
      }
    }
  }
}
