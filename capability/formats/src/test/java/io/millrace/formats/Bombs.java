// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats;

import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.PDResources;
import org.apache.pdfbox.pdmodel.common.PDStream;
import org.apache.pdfbox.pdmodel.font.PDType1Font;
import org.apache.pdfbox.pdmodel.font.Standard14Fonts;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/** Small files that hold more than they should. */
final class Bombs {

  private static final int MEGABYTE = 1 << 20;

  private Bombs() {}

  /** A real workbook, one of whose sheets expands to 100 MB. */
  static byte[] sheet() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(Samples.sheet())); ZipOutputStream zip = new ZipOutputStream(out)) {
      for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        byte[] content = in.readAllBytes();
        zip.putNextEntry(new ZipEntry(entry.getName()));
        zip.write(content);
        if (entry.getName().endsWith("sheet1.xml")) {
          byte[] blank = " ".repeat(MEGABYTE).getBytes();
          for (int i = 0; i < 100; i++) {
            zip.write(blank);
          }
        }
        zip.closeEntry();
      }
    }
    return out.toByteArray();
  }

  /** Eight zips of 30 MB of text each in a zip. */
  static byte[] nested() throws IOException {
    byte[] inner = Samples.zip(Map.of("zeros.txt", "0".repeat(30 * MEGABYTE).getBytes()));
    Map<String, byte[]> files = new HashMap<>();
    for (int i = 0; i < 8; i++) {
      files.put("inner-" + i + ".zip", inner);
    }
    return Samples.zip(files);
  }

  /** So many pages that share their content. */
  static byte[] pages(int count) throws IOException {
    try (PDDocument document = new PDDocument()) {
      PDPage first = new PDPage();
      document.addPage(first);
      try (PDPageContentStream text = new PDPageContentStream(document, first)) {
        text.beginText();
        text.setFont(new PDType1Font(Standard14Fonts.FontName.HELVETICA), 11);
        text.newLineAtOffset(72, 700);
        text.showText("The wheel turns.");
        text.endText();
      }
      PDResources resources = first.getResources();
      PDStream content = new PDStream(document, first.getContents());
      for (int i = 1; i < count; i++) {
        PDPage page = new PDPage();
        page.setResources(resources);
        page.setContents(content);
        document.addPage(page);
      }
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      document.save(out);
      return out.toByteArray();
    }
  }
}
