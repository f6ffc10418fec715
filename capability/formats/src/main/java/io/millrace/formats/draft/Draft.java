// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.draft;

import io.millrace.core.document.Cleaning;
import io.millrace.core.document.HiddenText;
import io.millrace.core.document.Link;
import io.millrace.core.document.Section;
import io.millrace.formats.text.InvisibleText;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a file says, in reading order, as its reader finds it: headings begin sections, lines fill them. Text that people would
 * not see is kept apart. Confined to the thread that reads the file.
 */
public final class Draft {

  /** A section's text is cut at a line's end after about so many characters. */
  private static final int LONGEST_SECTION = 50_000;

  private static final int LONGEST_HEADING = 300;
  private static final int LONGEST_HREF = 2_048;
  private static final int MOST_LINKS = 5_000;

  /** All links are in one document, which is one record on the log. */
  private static final int LONGEST_LINKS = 500_000;

  /** Receives files within the file. */
  public interface Attachments {
    /** Takes an attachment with its bytes. */
    void take(String name, byte[] content);

    /** Takes an attachment that cannot be read, with the reason. */
    void lose(String name, String reason);
  }

  /** Says where links of the file lead. */
  @FunctionalInterface
  public interface Targets {
    /** Addresses of the web alone: for files that are in no folder with what they point to. */
    Targets ADDRESSES = href -> href.startsWith("http://") || href.startsWith("https://") ? href : null;

    /** Returns the identity of a document, else an absolute address, else null for what is neither. */
    @Nullable String of(String href);
  }

  private final Budget budget;
  private final Attachments attachments;
  private final Targets targets;
  private final List<Section> sections = new ArrayList<>();
  private final Map<String, Integer> anchors = new HashMap<>();
  private final Set<Link> links = new LinkedHashSet<>();
  private final Map<String, String> attributes = new TreeMap<>();
  private final HiddenText.Gathering hidden = new HiddenText.Gathering();
  private final List<String> leftOut = new ArrayList<>();

  /** Characters of links so far. */
  private int linked;
  private final StringBuilder text = new StringBuilder();
  private String title = "";
  private String suggestedTitle = "";
  private String firstHeading = "";
  private String heading = "";
  private String anchor = "";
  private String kind = "text";
  private String documentKind = "page";

  public Draft(Budget budget, Attachments attachments, Targets targets) {
    this.budget = budget;
    this.attachments = attachments;
    this.targets = targets;
  }

  public Budget budget() {
    return budget;
  }

  public Attachments attachments() {
    return attachments;
  }

  /** Says what sort of document it is, see {@link io.millrace.core.document.Document#kind()}. */
  public void documentKind(String sort) {
    documentKind = sort;
  }

  /** Gives the title. */
  public void title(String text) {
    title = clip(Cleaning.line(visible(text)));
  }

  /** Gives a title for the case that there is no heading. */
  public void suggestTitle(String text) {
    suggestedTitle = clip(Cleaning.line(visible(text)));
  }

  /** Begins a section. */
  public void heading(String words, String place) {
    heading(words, place, "text");
  }

  /**
   * Begins a section.
   *
   * @param place its anchor; empty for one that is made of the heading
   * @param sort see {@link Section#kind()}
   */
  public void heading(String words, String place, String sort) {
    flush();
    heading = clip(Cleaning.line(visible(words)));
    anchor = place;
    kind = sort;
    if (firstHeading.isEmpty()) {
      firstHeading = heading;
    }
  }

  /** Begins a section under the heading that holds already, such as a page's. */
  public void place(String place) {
    flush();
    anchor = place;
  }

  /**
   * Adds text with its lines.
   *
   * @throws EnoughRead when the file's text has reached its limit
   */
  public void lines(String words) {
    String seen = visible(words);
    int granted = budget.characters(seen.length() + 1) - 1;
    if (granted < seen.length()) {
      text.append(seen, 0, whole(seen, Math.max(0, granted))).append('\n');
      leftOut("its text beyond " + budget.limits().characters() + " characters was left out (limit characters)");
      throw new EnoughRead();
    }
    text.append(seen).append('\n');
    if (text.length() > LONGEST_SECTION) {
      cut();
    }
  }

  /** Adds lines of code, marked as such. */
  public void code(String language, String code) {
    lines("```" + language + "\n" + code.stripTrailing() + "\n```");
  }

  /** Adds a link to another page; one that leads to no page is left out. */
  public void link(String href, String words) {
    String target = href.length() > LONGEST_HREF ? null : targets.of(href.strip());
    if (target == null) {
      return;
    }
    Link link = new Link(target, clip(Cleaning.line(words)), "mentions");
    int characters = link.target().length() + link.text().length();
    if (links.size() < MOST_LINKS && linked + characters <= LONGEST_LINKS) {
      links.add(link);
      linked += characters;
    } else if (linked < LONGEST_LINKS) {
      linked = LONGEST_LINKS;
      leftOut("its links beyond the first " + links.size() + " were left out");
    }
  }

  /** Adds a fact about the file; a blank one is left out. */
  public void attribute(String name, @Nullable String value) {
    String line = value == null ? "" : clip(Cleaning.line(value));
    if (!line.isEmpty()) {
      attributes.put(name, line);
    }
  }

  /**
   * Keeps text apart that people would not see.
   *
   * @param how what hides it, for example {@code display:none}
   */
  public void hidden(String how, String words) {
    hidden.add(how, Cleaning.line(visible(words)));
  }

  /** Reports what is not in the draft because of a limit. */
  public void leftOut(String what) {
    leftOut.add(what);
  }

  private String visible(String words) {
    InvisibleText split = InvisibleText.of(words);
    hidden.add(split.how(), Cleaning.line(split.hidden()));
    return split.visible();
  }

  /** Cuts a section that grows too long; the rest goes on under the same heading. */
  private void cut() {
    while (text.length() > LONGEST_SECTION) {
      int end = text.lastIndexOf("\n", LONGEST_SECTION);
      if (end <= 0) {
        end = whole(text, LONGEST_SECTION);
      }
      String rest = text.substring(end);
      text.setLength(end);
      flush();
      text.append(rest);
    }
  }

  private void flush() {
    String clean = Cleaning.text(text.toString());
    text.setLength(0);
    if (clean.isEmpty()) {
      return;
    }
    boolean introduction = sections.isEmpty();
    String place = !anchor.isEmpty() ? anchor : introduction ? "" : Identity.of(heading.toLowerCase(Locale.ROOT));
    int seen = anchors.merge(place, 1, Integer::sum);
    sections.add(
        new Section(
            seen == 1 ? place : place + "-" + seen,
            introduction && kind.equals("text") ? "description" : kind,
            heading,
            "",
            clean,
            List.of()));
  }

  private static String clip(String line) {
    return line.length() <= LONGEST_HEADING ? line : line.substring(0, whole(line, LONGEST_HEADING - 1)) + "…";
  }

  /** Returns where text is cut after so many characters at most: not within a pair of surrogates, a half of which UTF-8 cannot hold. */
  private static int whole(CharSequence text, int most) {
    if (text.length() <= most) {
      return text.length();
    }
    return most > 0 && Character.isHighSurrogate(text.charAt(most - 1)) ? most - 1 : most;
  }

  /** Ends the draft. */
  public Written written(String fallbackTitle) {
    flush();
    String name = !title.isEmpty() ? title : !firstHeading.isEmpty() ? firstHeading : suggestedTitle;
    HiddenText unseen = hidden.gathered();
    if (unseen != null && unseen.leftOut() > 0) {
      leftOut(unseen.leftOut() + " characters in the middle of its hidden text were left out, and are not judged");
    }
    return new Written(
        name.isEmpty() ? fallbackTitle : name,
        documentKind,
        sections,
        List.copyOf(links),
        unseen == null ? attributes : unseen.in(attributes),
        leftOut);
  }
}
