// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.read;

import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.graphics.state.RenderingMode;
import org.apache.pdfbox.text.PDFTextStripper;
import org.apache.pdfbox.text.TextPosition;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The lines of a PDF with the size of their letters. Letters that are drawn invisibly (rendering mode 3) are kept apart, unless a
 * page has no others: then they are the text that was recognised in a scan.
 */
final class PdfLines extends PDFTextStripper {

  /** Smaller letters, in points, are not meant for eyes. */
  private static final double LEGIBLE = 1;

  /**
   * A line, or a paragraph of lines.
   *
   * @param page from 1
   * @param size of its letters in points
   */
  record Line(int page, double size, String text) {}

  private final int most;
  private final Consumer<String> unseen;
  private final List<Line> lines = new ArrayList<>();
  private final StringBuilder line = new StringBuilder();
  private final StringBuilder invisible = new StringBuilder();
  private double size;
  private int page;
  private int visibleOnPage;
  private int characters;

  /**
   * Lines of a PDF.
   *
   * @param most characters that are read
   * @param unseen gets what nobody sees, page by page
   */
  PdfLines(int most, Consumer<String> unseen) {
    this.most = most;
    this.unseen = unseen;
  }

  @Override
  protected void startPage(PDPage drawn) {
    page = getCurrentPageNo();
    visibleOnPage = 0;
    invisible.setLength(0);
  }

  @Override
  protected void processTextPosition(TextPosition text) {
    boolean illegible =
        getGraphicsState().getTextState().getRenderingMode() == RenderingMode.NEITHER || text.getFontSizeInPt() < LEGIBLE && text.getYScale() < LEGIBLE;
    if (!illegible) {
      visibleOnPage++;
      super.processTextPosition(text);
    } else if (invisible.length() < most) {
      invisible.append(text.getUnicode());
    }
  }

  @Override
  protected void writeString(String text, List<TextPosition> positions) {
    if (characters > most) {
      return; // the draft says that it had enough
    }
    if (line.toString().isBlank() && !positions.isEmpty()) {
      size = Math.round(Math.max(positions.getFirst().getFontSizeInPt(), 1) * 2) / 2.0;
    }
    line.append(text);
    characters += text.length();
  }

  @Override
  protected void writeWordSeparator() {
    line.append(' ');
  }

  @Override
  protected void writeLineSeparator() {
    end();
  }

  @Override
  protected void endPage(PDPage drawn) throws IOException {
    end();
    if (visibleOnPage == 0 && !invisible.isEmpty()) {
      lines.add(new Line(page, 0, invisible.toString()));
      characters += invisible.length();
    } else {
      unseen.accept(invisible.toString());
    }
  }

  private void end() {
    if (!line.toString().isBlank()) {
      lines.add(new Line(page, size, line.toString().strip()));
    }
    line.setLength(0);
  }

  /** Returns the size that most letters have. */
  double usualSize() {
    Map<Double, Integer> letters = new HashMap<>();
    lines.forEach(l -> letters.merge(l.size(), l.text().length(), Integer::sum));
    return letters.entrySet().stream().max(Map.Entry.comparingByValue()).map(Map.Entry::getKey).orElse(0.0);
  }

  /**
   * Joins lines that go on in the next one, and words that were divided.
   *
   * @param heading lines from this size on stand alone
   */
  List<Line> paragraphs(double heading) {
    List<Line> joined = new ArrayList<>();
    StringBuilder paragraph = new StringBuilder();
    Line last = null;
    for (Line next : lines) {
      boolean goesOn = last != null && next.page() == last.page() && next.size() == last.size() && next.size() < heading && open(last.text(), next.text());
      if (last != null && !goesOn) {
        joined.add(new Line(last.page(), last.size(), paragraph.toString()));
        paragraph.setLength(0);
      }
      if (goesOn) {
        join(paragraph, next.text());
      } else {
        paragraph.append(next.text());
      }
      last = next;
    }
    if (last != null) {
      joined.add(new Line(last.page(), last.size(), paragraph.toString()));
    }
    return joined;
  }

  private static boolean open(String line, String next) {
    int end = line.codePointBefore(line.length());
    int start = next.codePointAt(0);
    if (".!?:;。！？：；".indexOf(end) >= 0) {
      return false;
    }
    return Character.isLowerCase(start) || han(end) && han(start) || end == ',' || end == '，' || end == '、';
  }

  private static void join(StringBuilder paragraph, String next) {
    int end = paragraph.codePointBefore(paragraph.length());
    if (end == '-' && paragraph.length() > 1 && Character.isLetter(paragraph.charAt(paragraph.length() - 2))) {
      paragraph.setLength(paragraph.length() - 1);
    } else if (!han(end) && !han(next.codePointAt(0))) {
      paragraph.append(' ');
    }
    paragraph.append(next);
  }

  private static boolean han(int c) {
    return Character.UnicodeScript.of(c) == Character.UnicodeScript.HAN || c >= 0x3000 && c <= 0x303F || c >= 0xFF00 && c <= 0xFFEF;
  }
}
