// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.read;

import io.millrace.formats.draft.Draft;
import io.millrace.formats.draft.TableLines;
import org.jspecify.annotations.Nullable;

import java.util.List;

/** Rows of one table as they come: pairs of questions and answers where the header says so, else lines with the header repeated. */
final class Rows {

  private final Draft draft;
  private @Nullable List<String> header;
  private @Nullable QuestionColumns questions;
  private @Nullable TableLines lines;
  private int read;
  private int beyond;
  private int unpaired;

  Rows(Draft draft) {
    this.draft = draft;
  }

  /** Takes a row; the first one that is not blank is the header. */
  void row(List<String> cells) {
    if (cells.stream().allMatch(String::isBlank)) {
      return;
    }
    List<String> names = header;
    TableLines form = lines;
    if (names == null || form == null) {
      header = cells;
      lines = new TableLines(cells);
      questions = QuestionColumns.of(cells);
      return;
    }
    if (read == draft.budget().limits().rows()) {
      beyond++;
      return;
    }
    read++;
    if (questions == null) {
      draft.lines(form.line(cells));
    } else if (!questions.add(names, cells, read, draft)) {
      unpaired++;
      draft.heading("", "row-" + read);
      draft.lines(form.line(cells));
    }
  }

  /** Returns whether its rows are questions with answers. */
  boolean ofQuestions() {
    return questions != null;
  }

  /** Ends the table: a header without rows is its only line; what was not read is reported. */
  void end() {
    List<String> names = header;
    if (read == 0 && names != null) {
      draft.lines(String.join("; ", names.stream().filter(name -> !name.isBlank()).toList()));
    }
    if (unpaired > 0) {
      draft.attribute("rowsWithoutPair", Integer.toString(unpaired));
    }
    if (beyond > 0) {
      draft.leftOut(beyond + " rows beyond the first " + read + " were left out (limit rows)");
    }
  }
}
