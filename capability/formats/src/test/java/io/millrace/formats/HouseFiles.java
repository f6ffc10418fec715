// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats;

import io.millrace.core.settings.DomainPack;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.font.PDType1Font;
import org.apache.pdfbox.pdmodel.font.Standard14Fonts;
import org.apache.poi.xslf.usermodel.SlideLayout;
import org.apache.poi.xslf.usermodel.XMLSlideShow;
import org.apache.poi.xslf.usermodel.XSLFSlide;
import org.apache.poi.xslf.usermodel.XSLFSlideLayout;
import org.apache.poi.xssf.usermodel.XSSFRow;
import org.apache.poi.xssf.usermodel.XSSFSheet;
import org.apache.poi.xssf.usermodel.XSSFWorkbook;
import org.apache.poi.xwpf.usermodel.XWPFDocument;
import org.apache.poi.xwpf.usermodel.XWPFTable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** Makes the Office files and the PDF of {@code domains/java-docs}, whose other files are written by hand. */
final class HouseFiles {

  static final Path PACK = Path.of("../../domains/java-docs");

  private static final String AUTHOR = "Platform team";

  /** Who answers for a library, in which language its documentation is, when it is looked at next. */
  private record Care(String owner, String language, String review) {}

  private static final Map<String, Care> CARE =
      Map.ofEntries(
          Map.entry("lucene-core", new Care("Bo", "en", "2027 Q2")),
          Map.entry("kafka-clients", new Care("Ines", "en", "2027 Q1")),
          Map.entry("flink-core-api", new Care("Ines", "en", "2027 Q4")),
          Map.entry("flink-streaming-java", new Care("Ines", "en", "2027 Q4")),
          Map.entry("spring-core", new Care("Ines", "en", "2027 Q3")),
          Map.entry("spring-context", new Care("Ines", "en", "2027 Q3")),
          Map.entry("commons-lang3", new Care("Bo", "en", "2027 Q4")),
          Map.entry("jsoup", new Care("Bo", "en", "2027 Q4")),
          Map.entry("mybatis-plus-core", new Care("Wei", "zh", "2027 Q4")),
          Map.entry("mybatis-plus-extension", new Care("Wei", "zh", "2027 Q4")),
          Map.entry("sa-token-core", new Care("Wei", "zh", "2027 Q3")),
          Map.entry("easyexcel-core", new Care("Wei", "en", "2027 Q4")),
          Map.entry("nacos-client", new Care("Wei", "zh", "2027 Q4")),
          Map.entry("hutool-core", new Care("Wei", "zh", "2027 Q4")));

  private HouseFiles() {}

  /** Returns the files by their paths within the pack. */
  static Map<String, byte[]> made() throws IOException {
    Map<String, byte[]> made = new TreeMap<>();
    made.put("house/versions.xlsx", versions());
    made.put("house/upgrade-checklist.docx", checklist());
    made.put("house/new-here.pptx", newHere());
    made.put("platform-team/on-call.pdf", onCall());
    return made;
  }

  /** Writes the files into the pack. */
  static void write() throws IOException {
    for (Map.Entry<String, byte[]> file : made().entrySet()) {
      Files.write(PACK.resolve(file.getKey()), file.getValue());
    }
  }

  /** The versions are those of {@code domain.yaml}, so that nobody has to remember them here. */
  private static byte[] versions() throws IOException {
    try (XSSFWorkbook book = new XSSFWorkbook()) {
      book.getProperties().getCoreProperties().setCreator(AUTHOR);
      book.getProperties().getCoreProperties().setTitle("Table of versions");
      XSSFSheet sheet = book.createSheet("Libraries");
      row(sheet, "library", "group", "version", "documentation", "owner", "next review");
      for (String coordinates : Objects.requireNonNull(DomainPack.load(PACK).sources().javadoc())) {
        String[] parts = coordinates.split(":");
        Care care = Objects.requireNonNull(CARE.get(parts[1]), () -> "say in HouseFiles.CARE who answers for " + parts[1]);
        row(sheet, parts[1], parts[0], parts[2], care.language(), care.owner(), care.review());
      }
      XSSFSheet kept = book.createSheet("Kept back");
      row(kept, "library", "reason");
      row(kept, "commons-lang 2", "replaced by commons-lang3, no new code");
      row(kept, "fastjson", "not allowed since the audit");
      return Samples.written(book::write);
    }
  }

  private static void row(XSSFSheet sheet, String... cells) {
    XSSFRow row = sheet.createRow(sheet.getPhysicalNumberOfRows());
    for (int i = 0; i < cells.length; i++) {
      row.createCell(i).setCellValue(cells[i]);
    }
  }

  private static byte[] checklist() throws IOException {
    try (XWPFDocument document = new XWPFDocument()) {
      document.getProperties().getCoreProperties().setCreator(AUTHOR);
      Samples.styled(document, "Title", "Checklist of an upgrade");
      plain(document, "For every library of the table of versions. Whoever upgrades signs each line.");
      Samples.styled(document, "Heading1", "Before");
      plain(document, "Read the release notes from our version to the new one, and list what was removed.");
      plain(document, "Run all tests with warnings of deprecated methods turned into errors.");
      plain(document, "Tell the owners of all services a week ahead.");
      Samples.styled(document, "Heading1", "During");
      XWPFTable table = document.createTable(4, 3);
      cells(table, 0, "step", "who", "waits for");
      cells(table, 1, "one service of the test system", "owner of the library", "two days without errors");
      cells(table, 2, "one instance of each service", "owner of the service", "four hours");
      cells(table, 3, "all instances", "owner of the service", "sign-off of both owners");
      Samples.styled(document, "Heading1", "After");
      plain(document, "Change the table of versions, and domain.yaml with it, on the same day.");
      plain(document, "Keep the previous image for fourteen days.");
      return Samples.written(document::write);
    }
  }

  private static void plain(XWPFDocument document, String text) {
    document.createParagraph().createRun().setText(text);
  }

  private static void cells(XWPFTable table, int row, String... cells) {
    for (int i = 0; i < cells.length; i++) {
      table.getRow(row).getCell(i).setText(cells[i]);
    }
  }

  private static byte[] newHere() throws IOException {
    try (XMLSlideShow show = new XMLSlideShow()) {
      show.getProperties().getCoreProperties().setCreator(AUTHOR);
      XSLFSlideLayout layout = show.getSlideMasters().getFirst().getLayout(SlideLayout.TITLE_AND_CONTENT);
      slide(show, layout, "New here?", "Ask Millrace first: it has the documentation of all our libraries.", "Then ask the owner in the table of versions.");
      slide(show, layout, "Three rules to begin with", "No version numbers in your own build.", "No message is acknowledged before it was processed.", "No HTML from outside is shown as it came.");
      slide(show, layout, "First week", "Run the sample service, and break it.", "Pair with somebody for your first upgrade, on Tuesdays at ten.");
      return Samples.written(show::write);
    }
  }

  private static void slide(XMLSlideShow show, XSLFSlideLayout layout, String title, String... lines) {
    XSLFSlide slide = show.createSlide(layout);
    slide.getPlaceholder(0).setText(title);
    slide.getPlaceholder(1).setText(String.join("\n", List.of(lines)));
  }

  private static byte[] onCall() throws IOException {
    PDType1Font font = new PDType1Font(Standard14Fonts.FontName.HELVETICA);
    try (PDDocument document = new PDDocument()) {
      document.getDocumentInformation().setAuthor(AUTHOR);
      PDPage page = new PDPage();
      document.addPage(page);
      try (PDPageContentStream out = new PDPageContentStream(document, page)) {
        out.beginText();
        out.newLineAtOffset(72, 700);
        out.setFont(font, 20);
        out.showText("On call");
        out.setFont(font, 11);
        for (String line :
            List.of(
                "For the platform team only.",
                "Kingfisher: look at the partner's interface before the consumers; restarting them makes it worse.",
                "Bittern: wait ninety seconds for the old search process, then end it.",
                "Whoever is on call hands over on Mondays at nine, with a list of what is open.")) {
          out.newLineAtOffset(0, -16);
          out.showText(line);
        }
        out.endText();
      }
      return Samples.written(document::save);
    }
  }
}
