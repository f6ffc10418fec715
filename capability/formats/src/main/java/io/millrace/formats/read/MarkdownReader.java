// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.read;

import io.millrace.core.document.Cleaning;
import io.millrace.core.document.Validity;
import io.millrace.formats.draft.Draft;
import io.millrace.formats.draft.TableLines;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Markdown: CommonMark's headings, fences, links and emphasis, GitHub's tables; all else is text already. */
final class MarkdownReader implements FormatReader {

  private static final Pattern HEADING = Pattern.compile("(#{1,6})\\s+(.*?)\\s*#*");
  private static final Pattern FENCE = Pattern.compile("\\s{0,3}(```|~~~)\\s*([\\w+#-]*).*");
  private static final Pattern LINK = Pattern.compile("!?\\[([^\\]]*)\\]\\(\\s*<?([^)\\s>]+)>?[^)]*\\)");
  private static final Pattern EMPHASIS = Pattern.compile("(\\*\\*|__)(?=\\S)(.+?)(?<=\\S)\\1");
  private static final Pattern RULE = Pattern.compile("\\s*\\|?(\\s*:?-+:?\\s*\\|)+\\s*(:?-+:?\\s*)?");
  private static final int LONGEST_INLINE = 10_000;

  @Override
  public void read(FileContent file, Draft draft) {
    String[] lines = file.text(draft).split("\\R", -1);
    for (int i = frontMatter(lines, draft); i < lines.length; i++) {
      String line = lines[i].stripTrailing();
      Matcher atx = HEADING.matcher(line);
      Matcher fence = FENCE.matcher(line);
      if (fence.matches()) {
        i = code(lines, i, fence.group(1), fence.group(2), draft);
      } else if (atx.matches()) {
        draft.heading(inline(atx.group(2), draft), "");
      } else if (isUnderlined(lines, i)) {
        draft.heading(inline(line, draft), "");
        i++;
      } else if (i + 1 < lines.length && line.contains("|") && lines[i + 1].length() < 1_000 && RULE.matcher(lines[i + 1]).matches()) {
        i = table(lines, i, draft);
      } else if (line.stripLeading().startsWith("<!--")) {
        i = comment(lines, i, draft);
      } else {
        draft.lines(inline(line, draft));
      }
    }
  }

  /** YAML between two lines of hyphens; its title, author and date are kept, when it may be found, and whether it must stay in memory. */
  private static int frontMatter(String[] lines, Draft draft) {
    if (!lines[0].equals("---")) {
      return 0;
    }
    for (int i = 1; i < lines.length; i++) {
      if (lines[i].equals("---")) {
        Map<String, String> times = new TreeMap<>();
        for (int k = 1; k < i; k++) {
          int colon = lines[k].indexOf(':');
          String key = colon < 0 ? "" : lines[k].substring(0, colon).strip();
          String value = lines[k].substring(colon + 1).strip().replaceAll("^[\"']|[\"']$", "");
          switch (key) {
            case "title" -> draft.suggestTitle(value);
            case "author", "date" -> draft.attribute(key, value);
            case Validity.FROM, Validity.UNTIL -> times.put(key, value);
            case "pinned" -> draft.attribute(key, value);
            default -> {
              // Settings of whatever renders the page.
            }
          }
        }
        validity(times, draft);
        return i + 1;
      }
    }
    return 0;
  }

  /** A time that is none must not keep the page from being read, nor be passed over in silence. */
  private static void validity(Map<String, String> times, Draft draft) {
    times.values().removeIf(String::isBlank);
    try {
      Validity.of(times);
      times.forEach(draft::attribute);
    } catch (IllegalArgumentException e) {
      draft.attachments().lose("front matter", String.valueOf(e.getMessage()));
    }
  }

  private static int code(String[] lines, int start, String fence, String language, Draft draft) {
    StringBuilder code = new StringBuilder();
    int i = start + 1;
    while (i < lines.length && !lines[i].stripLeading().startsWith(fence)) {
      code.append(lines[i++]).append('\n');
    }
    draft.code(language, code.toString());
    return i;
  }

  private static int table(String[] lines, int start, Draft draft) {
    TableLines table = new TableLines(cells(lines[start], draft));
    int i = start + 2;
    while (i < lines.length && lines[i].contains("|")) {
      draft.lines(table.line(cells(lines[i++], draft)));
    }
    return i - 1;
  }

  private static List<String> cells(String line, Draft draft) {
    String inner = line.strip();
    inner = inner.startsWith("|") ? inner.substring(1) : inner;
    inner = inner.endsWith("|") ? inner.substring(0, inner.length() - 1) : inner;
    List<String> cells = new ArrayList<>();
    for (String cell : inner.split("(?<!\\\\)\\|", -1)) {
      cells.add(inline(cell.strip().replace("\\|", "|"), draft));
    }
    return cells;
  }

  /** Readers of the rendered page do not see comments. */
  private static int comment(String[] lines, int start, Draft draft) {
    StringBuilder comment = new StringBuilder();
    for (int i = start; i < lines.length; i++) {
      int end = lines[i].indexOf("-->");
      comment.append(end < 0 ? lines[i] : lines[i].substring(0, end)).append(' ');
      if (end >= 0) {
        draft.hidden("comment", comment.toString().replace("<!--", ""));
        draft.lines(inline(lines[i].substring(end + 3), draft));
        return i;
      }
    }
    draft.lines(inline(lines[start], draft));
    return start;
  }

  private static boolean isUnderlined(String[] lines, int i) {
    return !lines[i].isBlank() && i + 1 < lines.length && lines[i + 1].stripTrailing().matches("=+|-{3,}");
  }

  private static String inline(@Nullable String line, Draft draft) {
    if (line == null || line.length() > LONGEST_INLINE) {
      return line == null ? "" : line;
    }
    Matcher link = LINK.matcher(line);
    StringBuilder out = new StringBuilder();
    while (link.find()) {
      draft.link(link.group(2), Cleaning.line(link.group(1)));
      link.appendReplacement(out, Matcher.quoteReplacement(link.group(1)));
    }
    link.appendTail(out);
    return EMPHASIS.matcher(out).replaceAll("$2");
  }
}
