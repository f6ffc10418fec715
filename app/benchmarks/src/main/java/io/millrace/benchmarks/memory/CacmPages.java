// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.memory;

import io.millrace.benchmarks.memory.TestCollection.Text;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/** The CACM collection as an archive of pages, as Anserini has it. */
final class CacmPages {
  private CacmPages() {}

  /** Reads an archive; documents by the numbers in their pages' names. */
  static Map<String, Text> read(Path archive) throws IOException {
    Map<String, Text> documents = new LinkedHashMap<>();
    try (var pages = new TarArchiveInputStream(new GZIPInputStream(new BufferedInputStream(Files.newInputStream(archive))))) {
      for (TarArchiveEntry page = pages.getNextEntry(); page != null; page = pages.getNextEntry()) {
        String number = page.getName().replaceAll("\\D", "").replaceFirst("^0+", "");
        if (page.isFile() && !number.isEmpty()) {
          documents.put(number, text(new String(pages.readAllBytes(), StandardCharsets.ISO_8859_1)));
        }
      }
    }
    return documents;
  }

  /** A page has paragraphs: title, abstract if any, issue, authors, key words and classes if any, an entry's code, relations. */
  private static Text text(String page) {
    String title = "";
    List<String> body = new ArrayList<>();
    List<String> relations = new ArrayList<>();
    for (String part : page.replaceAll("</?(?:html|pre)>", "").replace("\r", "").split("\n\\s*\n")) {
      String paragraph = part.strip();
      if (paragraph.matches("(?s)\\d+\\t\\d+\\t\\d+.*")) {
        relations.addAll(paragraph.lines().toList());
      } else if (title.isEmpty()) {
        title = paragraph;
      } else if (!paragraph.matches("CACM \\w+, \\d{4}|CA\\d{6}.*|[\\d.\\s]*")) {
        body.add(paragraph);
      }
    }
    return new Text(title, String.join("\n", body), SmartFile.citations(relations));
  }
}
