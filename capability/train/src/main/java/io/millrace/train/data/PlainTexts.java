// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.data;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Documents to learn a language from: a folder of text files, one text file, or JSON lines {@code {"text": "…"}}.
 *
 * <p>A text file is one document, unless lines that say {@value #SEPARATOR} and nothing else part several.
 */
public final class PlainTexts {
  /** Alone on a line, ends a document. */
  public static final String SEPARATOR = "<|endoftext|>";

  private PlainTexts() {}

  /**
   * Reads a file, or the {@code .txt}, {@code .md}, {@code .jsonl} and {@code .json} files below a folder in the order of
   * their names. Empty documents are left out and counted.
   *
   * @throws IllegalArgumentException naming what cannot be read, when there is no text
   */
  public static Dataset<String> read(Path fileOrFolder) throws IOException {
    Dataset.Builder<String> texts = new Dataset.Builder<>();
    for (Path file : files(fileOrFolder)) {
      String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
      if (name.matches(".*\\.jsonl?(\\.gz)?")) {
        JsonRecords.read(file, record -> {
          if (!record.has("text")) {
            throw record.unknownShape("text");
          }
          add(texts, record.text("text"));
        });
      } else {
        for (String text : plain(file).split("(?m)^" + Pattern.quote(SEPARATOR) + "\\s*$", -1)) {
          add(texts, text);
        }
      }
    }
    return texts.build(fileOrFolder);
  }

  private static List<Path> files(Path fileOrFolder) throws IOException {
    if (!Files.isDirectory(fileOrFolder)) {
      if (!Files.isRegularFile(fileOrFolder)) {
        throw new IllegalArgumentException("no file or folder " + fileOrFolder + ": give text files or JSON lines");
      }
      return List.of(fileOrFolder);
    }
    try (Stream<Path> walk = Files.walk(fileOrFolder)) {
      List<Path> files = walk.filter(Files::isRegularFile)
          .filter(file -> file.toString().toLowerCase(Locale.ROOT).matches(".*\\.(txt|md|jsonl?(\\.gz)?)"))
          .sorted().toList();
      if (files.isEmpty()) {
        throw new IllegalArgumentException(fileOrFolder + " holds no .txt, .md or .jsonl file");
      }
      return files;
    }
  }

  private static String plain(Path file) throws IOException {
    try {
      String text = Files.readString(file);
      return text.startsWith("\uFEFF") ? text.substring(1) : text;
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(file + " is not UTF-8 text: convert it, for example with iconv -t UTF-8", e);
    }
  }

  private static void add(Dataset.Builder<String> texts, String text) {
    if (text.isBlank()) {
      texts.skip("empty");
    } else {
      texts.add(text.strip());
    }
  }
}
