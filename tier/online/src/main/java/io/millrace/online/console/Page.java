// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.console;

import io.millrace.core.document.Language;
import io.millrace.core.json.Json;
import io.millrace.guard.Reasons;

import java.text.NumberFormat;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Map;

/**
 * What every page knows of its reader and itself.
 *
 * @param words the texts in the reader's language
 * @param theme {@code system}, {@code light} or {@code dark}
 * @param domain title of what is served
 * @param path of this page, without query
 * @param query of this page, without language; empty for none
 * @param secured whether readers must sign in
 * @param admin whether the reader may see what others do
 * @param writer whether the reader may add documents
 */
public record Page(
    Words words, String theme, String domain, String path, String query, boolean secured, boolean admin, boolean writer) {

  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");

  /** Returns a text; see {@link Words#get}. */
  public String t(String key, Object... arguments) {
    return words.get(key, arguments);
  }

  /** Returns the code of the page's language. */
  public String language() {
    return words.language().code();
  }

  /** Returns the value of the page's {@code lang} attribute. */
  public String tag() {
    return words.locale().toLanguageTag();
  }

  /** Returns this page's address in another language. */
  public String in(Language other) {
    return path + "?" + (query.isEmpty() ? "" : query + "&") + "lang=" + other.code();
  }

  /** Writes a whole number with separators. */
  public String number(long value) {
    return NumberFormat.getIntegerInstance(words.locale()).format(value);
  }

  /** Writes a score with as many digits as tell something. */
  public String score(double value) {
    if (!Double.isFinite(value)) {
      return "–";
    }
    NumberFormat format = NumberFormat.getNumberInstance(words.locale());
    double size = Math.abs(value);
    format.setMaximumFractionDigits(size >= 100 ? 1 : size >= 1 ? 3 : 4);
    return format.format(value);
  }

  /** Writes a time taken, in milliseconds. */
  public String millis(double value) {
    NumberFormat format = NumberFormat.getNumberInstance(words.locale());
    format.setMaximumFractionDigits(value < 10 ? 1 : 0);
    return format.format(value);
  }

  /** Writes a size. */
  public String bytes(long bytes) {
    String[] units = {"B", "KB", "MB", "GB", "TB"};
    double value = bytes;
    int unit = 0;
    while (value >= 1000 && unit < units.length - 1) {
      value /= 1000;
      unit++;
    }
    NumberFormat format = NumberFormat.getNumberInstance(words.locale());
    format.setMaximumFractionDigits(value < 10 && unit > 0 ? 1 : 0);
    return format.format(value) + " " + units[unit];
  }

  /** Writes a share of a whole, from 0 to 1, in percent. */
  public String percent(double share) {
    NumberFormat format = NumberFormat.getPercentInstance(words.locale());
    format.setMaximumFractionDigits(share > 0 && share < 0.1 ? 1 : 0);
    return format.format(share);
  }

  /** Returns the reason of a verdict in the reader's language. */
  public String reason(String reason) {
    return Reasons.in(words.language(), reason);
  }

  /** Writes an object with one text, for forms that scripts send. */
  public String json(String name, String value) {
    return Json.write(Map.of(name, value));
  }

  /** Writes a moment in the server's time zone. */
  public String time(Instant at) {
    return TIME.format(at.atZone(ZoneId.systemDefault()));
  }
}
