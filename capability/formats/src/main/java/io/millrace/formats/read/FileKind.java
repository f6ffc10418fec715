// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.read;

import io.millrace.formats.draft.Draft;
import io.millrace.formats.draft.Identity;
import io.millrace.formats.draft.UnreadableFile;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.Set;

/** The kinds of files that are read, told by their extensions. */
public enum FileKind {
  HTML(new HtmlReader(), "html", "htm", "xhtml"),
  MARKDOWN(new MarkdownReader(), "md", "markdown"),
  TEXT(new TextReader(), "txt", "text", "log", "rst", "adoc"),
  CSV(new CsvReader(), "csv", "tsv"),
  JSON(new JsonReader(), "jsonl", "ndjson", "json"),
  PDF(new PdfReader(), "pdf"),
  WORD(new WordReader(), "docx", "docm"),
  SLIDES(new SlidesReader(), "pptx", "pptm"),
  SHEET(new SheetReader(), "xlsx", "xlsm"),
  MAIL(new MailReader(), "eml"),
  OFFICE(new OfficeReader(), "doc", "dot", "xls", "ppt", "pps", "msg", "rtf", "odt", "ods", "odp", "epub"),
  ZIP(new ZipReader(), "zip"),
  CODE(new CodeReader());

  private final FormatReader reader;
  private final Set<String> extensions;

  FileKind(FormatReader reader, String... extensions) {
    this.reader = reader;
    this.extensions = Set.of(extensions);
  }

  /** Returns whether files of this name are read. */
  public static boolean known(String name) {
    return of(name) != null;
  }

  /** Returns why files of a name are not read. */
  public static String unknown(String name) {
    String extension = Identity.extension(name);
    return extension.isEmpty()
        ? "its name has no extension that tells its format"
        : "files that end in ." + extension + " are not read";
  }

  static @Nullable FileKind of(String name) {
    String extension = Identity.extension(name);
    for (FileKind kind : values()) {
      if (kind.extensions.contains(extension)) {
        return kind;
      }
    }
    return CodeLanguage.isCode(extension) ? CODE : null;
  }

  /** Reads a file of this kind. */
  void read(FileContent file, Draft draft) throws IOException, UnreadableFile {
    reader.read(file, draft);
  }
}
