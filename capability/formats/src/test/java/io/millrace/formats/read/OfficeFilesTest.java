// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.read;

import io.millrace.core.document.Document;
import io.millrace.core.document.Section;
import io.millrace.core.log.DeadLetter;
import io.millrace.core.spi.FileFormats.Place;
import io.millrace.core.spi.FileFormats.Reading;
import io.millrace.formats.Samples;
import io.millrace.formats.draft.FormatLimits;
import org.apache.poi.xwpf.usermodel.XWPFDocument;
import org.apache.poi.xwpf.usermodel.XWPFTable;
import org.junit.jupiter.api.Test;
import org.openxmlformats.schemas.wordprocessingml.x2006.main.CTTc;

import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

import static org.assertj.core.api.Assertions.assertThat;

/** Word, PowerPoint, Excel, PDF, mail and archives. */
class OfficeFilesTest {

  @Test
  void wordKeepsHeadingsTablesAndItsAuthor() throws Exception {
    Document page = Reads.one("mill.docx", Samples.word());

    assertThat(page.id()).isEqualTo("guide/mill.docx");
    assertThat(page.title()).isEqualTo("The wheel");
    assertThat(page.sections()).extracting(Section::heading).containsExactly("The wheel", "Parts");
    assertThat(page.sections().get(1).text()).isEqualTo("part: paddle; weight: 3 kg");
    assertThat(page.attributes()).containsEntry("author", "Ada Miller");
  }

  @Test
  void slidesAndSheetsAndPagesAreAnchors() throws Exception {
    assertThat(Reads.one("mill.pptx", Samples.slides()).sections()).singleElement().satisfies(slide -> {
      assertThat(slide.heading()).isEqualTo("The wheel");
      assertThat(slide.anchor()).isEqualTo("slide-1");
    });
    assertThat(Reads.one("mill.xlsx", Samples.sheet()).sections()).singleElement().satisfies(sheet -> {
      assertThat(sheet.heading()).isEqualTo("Parts");
      assertThat(sheet.anchor()).isEqualTo("sheet-1");
    });
    Document pdf = Reads.one("mill.pdf", Samples.pdf(3));
    assertThat(pdf.sections()).extracting(Section::anchor).containsExactly("page-1", "page-2", "page-3");
    assertThat(pdf.sections()).extracting(Section::heading).containsExactly("Chapter A", "Chapter B", "Chapter C");
    assertThat(pdf.sections().get(1).text())
        .isEqualTo("The wheel turns slowly, and grinds the grain of examples into flour for everybody.\nPage 2 ends.");
    assertThat(pdf.attributes()).containsEntry("author", "Ada Miller").containsEntry("pages", "3");
  }

  @Test
  void formatsFromBefore2007AreReadByTika() throws Exception {
    assertThat(Reads.one("mill.xls", Samples.oldSheet()).text()).contains("wheel");
    assertThat(Reads.one("mill.rtf", Samples.rtf()).text()).contains("The wheel turns.");
  }

  @Test
  void mailHasItsSubjectItsPeopleItsQuotationAndItsAttachments() {
    Reading reading = Reads.reading("mail.eml", Samples.mail("parts.csv", Samples.utf8("part,weight\nwheel,3 kg\n")));

    assertThat(reading.lost()).isEmpty();
    assertThat(reading.documents()).extracting(Document::id).containsExactly("guide/mail.eml", "guide/mail.eml/parts.csv");
    Document mail = reading.documents().stream().filter(d -> d.kind().equals("mail")).findFirst().orElseThrow();
    assertThat(mail.title()).isEqualTo("水轮 repair");
    assertThat(mail.attributes())
        .containsEntry("from", "Ada Miller <ada@example.org>").containsEntry("to", "bob@example.org").containsEntry("date", "2025-06-03T10:00:00Z");
    assertThat(mail.sections()).extracting(Section::kind).containsExactly("description", "quote");
    assertThat(mail.sections().getFirst().text()).isEqualTo("The wheel turns again.");
    assertThat(mail.sections().get(1).text()).contains("Does the wheel turn?");
    Document attachment = reading.documents().stream().filter(d -> d.kind().equals("table")).findFirst().orElseThrow();
    assertThat(attachment.text()).contains("part: wheel; weight: 3 kg");
  }

  @Test
  void aBrokenAttachmentHarmsNothingElse() {
    Reading reading = Reads.reading("mail.eml", Samples.mail("report.pdf", new byte[] {1, 2, 3}));

    assertThat(reading.documents()).singleElement().satisfies(mail -> assertThat(mail.text()).contains("turns again"));
    assertThat(reading.lost()).singleElement().satisfies(letter -> {
      assertThat(letter.source()).isEqualTo("mail.eml!report.pdf");
      assertThat(letter.reason()).contains("broken");
    });
  }

  @Test
  void archivesAreFoldersAndNestedOnesEndSomewhere() throws Exception {
    byte[] zip = Samples.zip(Map.of("a/wheel.md", Samples.utf8("# Wheel\n\nIt turns."), "x.bin", new byte[4]));
    for (int i = 0; i < 9; i++) {
      zip = Samples.zip(Map.of("inner.zip", zip, "note.txt", Samples.utf8("level " + i)));
    }
    Reading reading = Reads.reading("all.zip", zip);

    assertThat(reading.documents()).hasSize(4).allSatisfy(document -> assertThat(document.text()).contains("level"));
    assertThat(reading.lost()).extracting(DeadLetter::reason).hasSize(2).allSatisfy(reason -> assertThat(reason).contains("limit depth"));
  }

  @Test
  void pagesBeyondTheLimitAreReported() throws Exception {
    Reading reading = Reads.reading("long.pdf", Samples.pdf(12), new FormatLimits(0, 0, 0, 0, 5, 0, 0, 0));

    assertThat(reading.documents().getFirst().sections()).hasSize(5);
    assertThat(reading.lost()).singleElement().satisfies(letter -> assertThat(letter.reason()).contains("pages 6 to 12"));
  }

  @Test
  void aPasswordIsAskedForInWords() {
    byte[] ole = {(byte) 0xD0, (byte) 0xCF, 0x11, (byte) 0xE0, (byte) 0xA1, (byte) 0xB1, 0x1A, (byte) 0xE1};
    assertThat(Reads.reading("a.docx", ole).lost()).singleElement()
        .satisfies(letter -> assertThat(letter.reason()).contains("password"));
  }

  @Test
  void namesInArchivesFromChineseSystemsAreRead() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out, Charset.forName("GBK"))) {
      for (String name : List.of("readme.txt", "报告.txt")) {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(Samples.utf8("It turns."));
      }
    }

    assertThat(Reads.reading("all.zip", out.toByteArray()).documents()).extracting(Document::id)
        .containsExactly("guide/all.zip/readme", "guide/all.zip/报告");
    assertThat(Reads.reading("all.zip", Samples.zip(Map.of("Öl.txt", Samples.utf8("x"), "水.txt", Samples.utf8("y")))).documents())
        .extracting(Document::id).containsExactly("guide/all.zip/Öl", "guide/all.zip/水");
  }

  @Test
  void attachmentsOfFilesWithLongNamesBelongToThem() throws Exception {
    byte[] zip = Samples.zip(Map.of("n".repeat(250) + ".txt", Samples.utf8("It turns.")));
    for (int i = 0; i < 3; i++) {
      zip = Samples.zip(Map.of("i".repeat(190) + ".zip", zip, "note.txt", Samples.utf8("level " + i)));
    }
    Place place = new Place("l".repeat(120), "f".repeat(190) + ".zip", "guide", Instant.EPOCH);

    Reading reading = FileParsing.read(zip, place, FormatLimits.DEFAULTS);

    assertThat(reading.lost()).isEmpty();
    assertThat(reading.documents()).hasSize(4).extracting(Document::id).doesNotHaveDuplicates()
        .allSatisfy(id -> assertThat(id).startsWith(FileParsing.identity(place) + "/"));
  }

  @Test
  void whatIsWithinACellOfWordIsRead() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (XWPFDocument document = new XWPFDocument()) {
      XWPFTable table = document.createTable(2, 2);
      table.getRow(0).getCell(0).setText("part");
      table.getRow(0).getCell(1).setText("weight");
      CTTc paddle = table.getRow(1).getCell(0).getCTTc();
      paddle.addNewSdt().addNewSdtContent().addNewP().addNewR().addNewT().setStringValue("paddle");
      CTTc weight = table.getRow(1).getCell(1).getCTTc();
      weight.addNewTbl().addNewTr().addNewTc().addNewP().addNewR().addNewT().setStringValue("3 kg");
      weight.addNewP();
      document.write(out);
    }

    assertThat(Reads.one("parts.docx", out.toByteArray()).sections().getFirst().text()).isEqualTo("part: paddle; weight: 3 kg");
  }
}
