// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;

/** A small package in the layout of {@code chinese-poetry}. */
final class PoemFixtures {

  /** Two poems that are whole, one without lines, one that is no object. */
  static final String TANG =
      """
      [{"id": "tower", "author": "王之渙", "title": "登鸛雀樓", "paragraphs": ["白日依山盡，黃河入海流。", "欲窮千里目，更上一層樓。"]},
       {"id": "empty", "author": "佚名", "title": "空", "paragraphs": []},
       {"id": "river", "author": "佚名", "title": "江上", "paragraphs": ["一片秋江水，□□照客衣。", "誰家吹短笛，月下燕初歸。"]},
       "torn"]
      """;

  static final String LYRICS =
      """
      [{"author": "磨坊客", "rhythmic": "如梦令", "paragraphs": ["溪上水车初转。", "石磨夜来声缓。"]},
       {"author": "磨坊客", "rhythmic": "如梦令", "paragraphs": ["门外麦黄千亩。", "檐下燕飞双户。"]}]
      """;

  private PoemFixtures() {}

  /** All files of the package. */
  static Map<String, String> files() {
    Map<String, String> files = new TreeMap<>();
    files.put("README.md", "x".repeat(700));
    files.put("dist/quantangshi/poet.tang.0.json", TANG);
    files.put("dist/songci/宋词三百首.json", LYRICS);
    files.put("dist/quantangshi/authors.json", "{\"name\": 1}");
    return files;
  }

  /** Packs files as npm does. */
  static Path pack(Path archive, Map<String, String> files) throws IOException {
    try (TarArchiveOutputStream tar =
        new TarArchiveOutputStream(new GZIPOutputStream(Files.newOutputStream(archive)), StandardCharsets.UTF_8.name())) {
      tar.setAddPaxHeadersForNonAsciiNames(true);
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      for (Map.Entry<String, String> file : files.entrySet()) {
        byte[] content = file.getValue().getBytes(StandardCharsets.UTF_8);
        TarArchiveEntry entry = new TarArchiveEntry("package/" + file.getKey());
        entry.setSize(content.length);
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
      }
    }
    return archive;
  }
}
