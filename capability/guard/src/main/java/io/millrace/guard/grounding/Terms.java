// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard.grounding;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the terms of English and Chinese text, in their order. */
final class Terms {

  private static final Pattern TOKEN =
      Pattern.compile(
          "(?<number>[0-9]++(?:[.,][0-9]++)*+)(?:(?:st|nd|rd|th)\\b)?"
              + "|(?<latin>[\\p{L}_$&&[^\\p{IsHan}]][\\p{L}\\p{M}\\p{N}_$&&[^\\p{IsHan}]]*)(?:['’]\\p{L}{1,2}\\b)?"
              + "|(?<han>\\p{IsHan}+)");
  private static final Pattern HAN_NUMBER = Pattern.compile("[零〇一二两三四五六七八九十百千万]+");
  private static final String HAN_DIGITS = "〇一二三四五六七八九";
  private static final Map<String, String> NUMBER_WORDS =
      Map.ofEntries(
          Map.entry("zero", "0"), Map.entry("two", "2"), Map.entry("three", "3"), Map.entry("four", "4"),
          Map.entry("five", "5"), Map.entry("six", "6"), Map.entry("seven", "7"), Map.entry("eight", "8"),
          Map.entry("nine", "9"), Map.entry("ten", "10"), Map.entry("eleven", "11"), Map.entry("twelve", "12"),
          Map.entry("twenty", "20"), Map.entry("thirty", "30"), Map.entry("forty", "40"), Map.entry("fifty", "50"));

  private Terms() {}

  static List<Term> of(String text) {
    List<Term> terms = new ArrayList<>();
    Matcher matcher = TOKEN.matcher(text);
    while (matcher.find()) {
      if (matcher.group("latin") != null) {
        latin(text, matcher.start("latin"), matcher.end("latin"), terms);
      } else if (matcher.group("han") != null) {
        han(text, matcher.start(), matcher.end(), terms);
      } else {
        String number = matcher.group("number").replaceAll(",(?=[0-9]{3}(?![0-9]))", "");
        terms.add(new Term(Term.Kind.NUMBER, number, matcher.start(), matcher.end("number")));
      }
    }
    return terms;
  }

  private static void latin(String text, int start, int end, List<Term> terms) {
    String token = text.substring(start, end);
    String lower = token.toLowerCase(Locale.ROOT);
    String number = NUMBER_WORDS.get(lower);
    if (number != null) {
      terms.add(new Term(Term.Kind.NUMBER, number, start, end));
    } else if (Content.isIdentifier(token)) {
      terms.add(new Term(Term.Kind.NAME, lower, start, end));
    } else if (end - start > 1 && !Content.isStopWord(lower) && !isDenied(text, end)) {
      Term.Kind kind = isName(text, start, end) ? Term.Kind.NAME : Term.Kind.WORD;
      terms.add(new Term(kind, Content.stem(lower), start, end));
    }
  }

  /** A capital letter makes a name, but at a sentence's beginning only before another one: every sentence has one there. */
  private static boolean isName(String text, int start, int end) {
    if (!Character.isUpperCase(text.codePointAt(start))) {
      return false;
    }
    return !beginsSentence(text, start)
        || end + 1 < text.length() && text.charAt(end) == ' ' && Character.isUpperCase(text.codePointAt(end + 1));
  }

  /** {@code doesn} before {@code 't}: denials are counted elsewhere. */
  private static boolean isDenied(String text, int end) {
    return text.charAt(end - 1) == 'n' && (text.startsWith("'t", end) || text.startsWith("’t", end));
  }

  private static boolean beginsSentence(String text, int start) {
    int before = start - 1;
    while (before >= 0 && (text.charAt(before) == ' ' || "\"“‘(「".indexOf(text.charAt(before)) >= 0)) {
      before--;
    }
    return before < 0 || ".!?:;\n。！？：；".indexOf(text.charAt(before)) >= 0;
  }

  /** Numbers apart, the rest as pairs of neighbours; characters of grammar take part in no pair. */
  private static void han(String text, int start, int end, List<Term> terms) {
    int from = start;
    Matcher numbers = HAN_NUMBER.matcher(text).region(start, end);
    while (numbers.find()) {
      // 一 alone is an article more often than a number.
      if (!numbers.group().equals("一") && !numbers.group().matches("[百千万]+")) {
        pairs(text, from, numbers.start(), terms);
        terms.add(new Term(Term.Kind.NUMBER, value(numbers.group()), numbers.start(), numbers.end()));
        from = numbers.end();
      }
    }
    pairs(text, from, end, terms);
  }

  private static void pairs(String text, int start, int end, List<Term> terms) {
    int before = -1;
    int beforeAt = start;
    for (int at = start; at < end; ) {
      int c = text.codePointAt(at);
      int next = at + Character.charCount(c);
      if (before >= 0 && !Content.isGrammar(before) && !Content.isGrammar(c)) {
        terms.add(new Term(Term.Kind.PAIR, text.substring(beforeAt, next), beforeAt, next));
      }
      before = c;
      beforeAt = at;
      at = next;
    }
    if (start < end && beforeAt == start && !Content.isGrammar(before)) {
      terms.add(new Term(Term.Kind.PAIR, text.substring(start, end), start, end));
    }
  }

  /** The value of a Chinese number below a hundred million, as digits; years are read digit by digit. */
  private static String value(String number) {
    String plain = number.replace('零', '〇').replace('两', '二');
    if (plain.chars().allMatch(c -> HAN_DIGITS.indexOf(c) >= 0)) {
      StringBuilder digits = new StringBuilder();
      plain.chars().forEach(c -> digits.append(HAN_DIGITS.indexOf(c)));
      return digits.toString();
    }
    long whole = 0;
    long part = 0;
    long digit = 0;
    for (int c : plain.chars().toArray()) {
      int unit = c == '十' ? 10 : c == '百' ? 100 : c == '千' ? 1_000 : 0;
      if (c == '万') {
        whole += (part + digit) * 10_000;
        part = 0;
        digit = 0;
      } else if (unit > 0) {
        part += Math.max(1, digit) * unit;
        digit = 0;
      } else {
        digit = HAN_DIGITS.indexOf(c);
      }
    }
    return Long.toString(whole + part + digit);
  }
}
