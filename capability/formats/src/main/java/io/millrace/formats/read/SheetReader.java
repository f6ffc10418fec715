// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.read;

import io.millrace.formats.draft.Draft;
import io.millrace.formats.draft.UnreadableFile;
import org.apache.poi.openxml4j.exceptions.OpenXML4JException;
import org.apache.poi.openxml4j.opc.OPCPackage;
import org.apache.poi.util.XMLHelper;
import org.apache.poi.xssf.eventusermodel.ReadOnlySharedStringsTable;
import org.apache.poi.xssf.eventusermodel.XSSFReader;
import org.xml.sax.Attributes;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;
import org.xml.sax.XMLReader;
import org.xml.sax.helpers.DefaultHandler;

import javax.xml.parsers.ParserConfigurationException;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Map;

/** Excel's XLSX, streamed: a section a sheet, a line a row with the header repeated; anchors are {@code sheet-1}. */
final class SheetReader implements FormatReader {

  @Override
  public void read(FileContent file, Draft draft) throws IOException, UnreadableFile {
    try (OPCPackage opc = OpenXml.open(file)) {
      OpenXml.properties(opc, draft);
      XSSFReader reader = new XSSFReader(opc);
      Map<String, String> states = states(reader);
      ReadOnlySharedStringsTable strings = new ReadOnlySharedStringsTable(opc);
      XSSFReader.SheetIterator sheets = (XSSFReader.SheetIterator) reader.getSheetsData();
      boolean questions = false;
      for (int number = 1; sheets.hasNext(); number++) {
        try (InputStream sheet = sheets.next()) {
          String name = sheets.getSheetName();
          boolean hidden = !states.getOrDefault(name, "visible").equals("visible");
          if (!hidden) {
            draft.heading(name, "sheet-" + number, "table");
          }
          SheetRows rows = new SheetRows(reader.getStylesTable(), strings, hidden, draft);
          parse(sheet, rows.handler());
          rows.end();
          questions |= rows.ofQuestions();
        }
      }
      draft.documentKind(questions ? "questions" : "table");
    } catch (OpenXML4JException | SAXException | ParserConfigurationException e) {
      throw OpenXml.broken(e);
    }
  }

  /** Which sheets are shown: the workbook says it, the sheets do not. */
  private static Map<String, String> states(XSSFReader reader)
      throws IOException, OpenXML4JException, SAXException, ParserConfigurationException {
    Map<String, String> states = new HashMap<>();
    try (InputStream workbook = reader.getWorkbookData()) {
      parse(
          workbook,
          new DefaultHandler() {
            @Override
            public void startElement(String uri, String local, String qualified, Attributes attributes) {
              if (local.equals("sheet") && attributes.getValue("state") != null) {
                states.put(attributes.getValue("name"), attributes.getValue("state"));
              }
            }

            @Override
            public InputSource resolveEntity(String publicId, String systemId) {
              return new InputSource(new ByteArrayInputStream(new byte[0]));
            }
          });
    }
    return states;
  }

  private static void parse(InputStream xml, DefaultHandler handler)
      throws IOException, SAXException, ParserConfigurationException {
    XMLReader reader = XMLHelper.newXMLReader();
    reader.setContentHandler(handler);
    reader.parse(new InputSource(xml));
  }
}
