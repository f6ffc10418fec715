// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.read;

import io.millrace.formats.draft.Draft;
import io.millrace.formats.draft.Identity;
import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * Source code: a section a declaration, with the comments and annotations above it, named like {@code Wheel.turn}; where
 * declarations cannot be told, blank lines cut it into blocks. Anchors are line numbers: {@code L12}.
 */
final class CodeReader implements FormatReader {

  private static final int BLOCK = 1_000;

  @Override
  public void read(FileContent file, Draft draft) {
    List<String> lines = file.text(draft).lines().toList();
    CodeLanguage language = CodeLanguage.of(Identity.extension(file.name()));
    draft.documentKind("code");
    draft.title(file.name());
    draft.attribute("programmingLanguage", language.title());
    draft.heading("", "", "code");
    if (language.hasDeclarations()) {
      declarations(lines, language, draft);
    } else {
      blocks(lines, draft);
    }
  }

  private static void declarations(List<String> lines, CodeLanguage language, Draft draft) {
    String around = "";
    int written = 0;
    for (int i = 0; i < lines.size(); i++) {
      String outer = language.declares(lines.get(i));
      String inner = outer == null && !around.isEmpty() ? language.declaresInside(lines.get(i)) : null;
      if (outer == null && inner == null) {
        continue;
      }
      int start = Math.max(written, withComments(lines, i));
      write(lines, written, start, draft);
      around = outer == null ? around : outer;
      begin(around, inner, start, draft);
      written = start;
    }
    write(lines, written, lines.size(), draft);
  }

  private static void begin(String around, @Nullable String inner, int line, Draft draft) {
    draft.heading(inner == null ? around : around + "." + inner, "L" + (line + 1), "code");
  }

  /** Returns where the comments, annotations and decorators above a line begin. */
  private static int withComments(List<String> lines, int declaration) {
    int start = declaration;
    while (start > 0 && lines.get(start - 1).strip().matches("(?:@|//|/\\*|\\*|#).*")) {
      start--;
    }
    return start;
  }

  private static void blocks(List<String> lines, Draft draft) {
    int start = 0;
    int length = 0;
    for (int i = 0; i < lines.size(); i++) {
      length += lines.get(i).length() + 1;
      if (length > BLOCK && lines.get(i).isBlank()) {
        block(lines, start, i, draft);
        start = i + 1;
        length = 0;
      }
    }
    block(lines, start, lines.size(), draft);
  }

  private static void block(List<String> lines, int from, int to, Draft draft) {
    draft.heading("", "L" + (from + 1), "code");
    write(lines, from, to, draft);
  }

  private static void write(List<String> lines, int from, int to, Draft draft) {
    lines.subList(from, to).forEach(draft::lines);
  }
}
