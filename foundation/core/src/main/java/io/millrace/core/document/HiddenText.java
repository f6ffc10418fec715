// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.document;

import org.jspecify.annotations.Nullable;

import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What of a document its readers would not see. It is not searched, but stands among the document's attributes, where risk control
 * judges it.
 *
 * @param by what hides it, for example {@code display:none}
 * @param text all of it, or its beginning and its end where it is longer than {@value #LONGEST} characters
 * @param leftOut how many characters are missing between the two; 0 for none
 */
public record HiddenText(String by, String text, long leftOut) {

  /** So many characters are kept: more than pages and sheets hide for honest reasons, and few beside what a document may say. */
  public static final int LONGEST = 64_000;

  /** Attribute of a document: the rule of risk control that its hidden text breaks. */
  public static final String RISK = "risk";

  private static final String SUSPICIOUS = "suspicious";
  private static final String BY = "hiddenBy";
  private static final String TEXT = "hiddenText";
  private static final String LEFT_OUT = "hiddenLeftOut";

  /** Returns what a document hides; null for nothing. */
  public static @Nullable HiddenText of(Document document) {
    return of(document.attributes());
  }

  /** Returns what the attributes of a document say that it hides; null for nothing. */
  public static @Nullable HiddenText of(Map<String, String> attributes) {
    String text = attributes.get(TEXT);
    return text == null ? null : new HiddenText(attributes.getOrDefault(BY, ""), text, number(attributes.get(LEFT_OUT)));
  }

  /** A number that is none still says that something is missing. */
  private static long number(@Nullable String count) {
    return count == null ? 0 : count.matches("[0-9]{1,18}") ? Long.parseLong(count) : 1;
  }

  /** Returns a document's attributes with what it hides in place of what they said of that before. */
  public Map<String, String> in(Map<String, String> attributes) {
    Map<String, String> all = new TreeMap<>(attributes);
    all.remove(LEFT_OUT);
    all.put(SUSPICIOUS, "hidden text");
    all.put(BY, by);
    all.put(TEXT, text);
    if (leftOut > 0) {
      all.put(LEFT_OUT, Long.toString(leftOut));
    }
    return all;
  }

  /**
   * What people are told of a document that hides text.
   *
   * @param by what hides it
   * @param rule of risk control that it breaks; empty for none
   */
  public record Mark(String by, String rule) {

    /** Returns what people are told of a document; null where it hides nothing. */
    public static @Nullable Mark of(Document document) {
      HiddenText hidden = HiddenText.of(document);
      return hidden == null ? null : new Mark(hidden.by(), document.attributes().getOrDefault(RISK, ""));
    }
  }

  /**
   * Gathers hidden text piece by piece, in bounded memory: both ends are kept, so that padding on one side pushes nothing out of
   * sight, and what is missing is counted. Confined to one thread.
   */
  public static final class Gathering {

    private static final int HALF = LONGEST / 2;

    private final Set<String> by = new LinkedHashSet<>();
    private final StringBuilder beginning = new StringBuilder();
    private final StringBuilder end = new StringBuilder();
    private long characters;

    /** Adds a piece; a blank one is left out. */
    public void add(String how, String words) {
      if (!words.isBlank()) {
        by.add(how);
        append(characters == 0 ? words : " " + words);
      }
    }

    /** Adds what was gathered elsewhere. */
    public void add(HiddenText other) {
      add(other.by(), other.text());
      characters += other.leftOut();
    }

    private void append(String words) {
      characters += words.length();
      int room = Math.min(words.length(), HALF - beginning.length());
      beginning.append(words, 0, room);
      end.append(words, Math.max(room, words.length() - HALF), words.length());
      // Not at every piece: thousands of short ones would move the whole end each time.
      if (end.length() > 2 * HALF) {
        end.delete(0, end.length() - HALF);
      }
    }

    /** Returns what was gathered; null where nothing was. */
    public @Nullable HiddenText gathered() {
      if (by.isEmpty()) {
        return null;
      }
      String last = end.substring(Math.max(0, end.length() - HALF));
      long missing = characters - beginning.length() - last.length();
      String text = missing == 0 ? beginning + last : withoutHalves(beginning) + " … " + withoutHalves(last);
      return new HiddenText(String.join(", ", by), text, missing);
    }

    /** Leaves out halves of surrogate pairs at the ends, which UTF-8 cannot hold. */
    private static String withoutHalves(CharSequence text) {
      int from = !text.isEmpty() && Character.isLowSurrogate(text.charAt(0)) ? 1 : 0;
      int to = text.length() - (text.length() > from && Character.isHighSurrogate(text.charAt(text.length() - 1)) ? 1 : 0);
      return text.subSequence(from, to).toString();
    }
  }
}
