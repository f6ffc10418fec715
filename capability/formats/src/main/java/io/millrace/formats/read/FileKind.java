// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.read;

import io.millrace.formats.draft.Draft;
import io.millrace.formats.draft.Identity;
import io.millrace.formats.draft.UnreadableFile;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** The kinds of files that are read, told by their extensions. */
public enum FileKind {
  HTML(HtmlReader::new, "html", "htm", "xhtml"),
  MARKDOWN(MarkdownReader::new, "md", "markdown"),
  TEXT(TextReader::new, "txt", "text", "log", "rst", "adoc"),
  CSV(CsvReader::new, "csv", "tsv"),
  JSON(JsonReader::new, "jsonl", "ndjson", "json"),
  PDF(PdfReader::new, "pdf"),
  WORD(WordReader::new, "docx", "docm"),
  SLIDES(SlidesReader::new, "pptx", "pptm"),
  SHEET(SheetReader::new, "xlsx", "xlsm"),
  MAIL(MailReader::new, "eml"),
  OFFICE(OfficeReader::new, "doc", "dot", "xls", "ppt", "pps", "msg", "rtf", "odt", "ods", "odp", "epub"),
  ZIP(ZipReader::new, "zip"),
  CODE(CodeReader::new);

  /** Makes a reader only where a file is read: whoever asks for names alone does without the parsers' libraries. */
  private final Supplier<FormatReader> reader;
  private final Set<String> extensions;

  FileKind(Supplier<FormatReader> reader, String... extensions) {
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

  /**
   * Returns where links of a file of this kind lead: only pages point to the files beside them.
   *
   * @param name the file's, with folders
   * @param identities of the files beside it, by their names
   * @param beside of files of other libraries, by their names with the library's in front; null for files within a file
   */
  Draft.Targets targets(String name, UnaryOperator<String> identities, @Nullable UnaryOperator<String> beside) {
    return this == HTML || this == MARKDOWN ? new FolderLinks(name, identities, beside) : Draft.Targets.ADDRESSES;
  }

  /** Reads a file of this kind. */
  void read(FileContent file, Draft draft) throws IOException, UnreadableFile {
    reader.get().read(file, draft);
  }
}
