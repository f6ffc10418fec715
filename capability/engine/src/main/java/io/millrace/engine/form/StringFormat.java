// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The formats of strings that are kept, each as an expression. What is written is always of the format; the longer and
 * rarer forms that it may have as well, such as quoted parts of e-mail addresses, are not written.
 */
final class StringFormat {
  private static final String MONTH_DAY = "(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)"
      + "|02-(?:0[1-9]|1\\d|2[0-8]))";
  private static final String LEAP_YEAR = "(?:[12]\\d(?:0[48]|[2468][048]|[13579][26])|(?:12|16|20|24|28)00)";
  private static final String DATE = "(?:[12]\\d{3}-" + MONTH_DAY + "|" + LEAP_YEAR + "-02-29)";
  private static final String TIME =
      "(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,9})?(?:Z|[+-](?:0\\d|1[0-3]):[0-5]\\d)";
  private static final String TIME_OF_DURATION = "T(?:\\d{1,4}H(?:\\d{1,4}M(?:\\d{1,4}S)?)?|\\d{1,4}M(?:\\d{1,4}S)?|\\d{1,4}S)";
  private static final String DAYS = "\\d{1,4}D";
  private static final String MONTHS = "\\d{1,4}M(?:" + DAYS + ")?";
  private static final String DURATION = "P(?:(?:" + DAYS + "|" + MONTHS + "|\\d{1,4}Y(?:" + MONTHS + ")?)(?:"
      + TIME_OF_DURATION + ")?|"
      + TIME_OF_DURATION + "|\\d{1,4}W)";
  private static final String LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,18}[A-Za-z0-9])?";
  private static final String HOST = "(?:[A-Za-z](?:[A-Za-z0-9]{0,18}[A-Za-z0-9])?\\.){1,4}[A-Za-z]{2,8}";
  private static final String BYTE = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
  private static final String HEX = "[0-9a-fA-F]";
  private static final String PATH_CHARACTER = "(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%" + HEX + "{2})";
  private static final String URI = "https?://" + HOST + "(?::[1-9]\\d{0,3})?(?:/" + PATH_CHARACTER + "*)*(?:\\?"
      + PATH_CHARACTER
      + "*)?(?:#" + PATH_CHARACTER + "*)?";

  private static final Map<String, String> KNOWN = new TreeMap<>(Map.ofEntries(
      Map.entry("date", DATE), Map.entry("time", TIME), Map.entry("date-time", DATE + "T" + TIME),
      Map.entry("duration", DURATION),
      Map.entry("uuid", HEX + "{8}-" + HEX + "{4}-" + HEX + "{4}-" + HEX + "{4}-" + HEX + "{12}"),
      Map.entry("email", "[A-Za-z0-9_+-]{1,20}(?:\\.[A-Za-z0-9_+-]{1,20}){0,2}@" + HOST),
      Map.entry("hostname", LABEL + "(?:\\." + LABEL + "){0,4}"),
      Map.entry("ipv4", "(?:" + BYTE + "\\.){3}" + BYTE), Map.entry("ipv6", ipv6()), Map.entry("uri", URI),
      Map.entry("byte", "(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"),
      Map.entry("password", "[\\s\\S]*"), Map.entry("binary", "[\\s\\S]*")));

  private static final Map<String, Dfa> COMPILED = new ConcurrentHashMap<>();

  private StringFormat() {}

  /**
   * What stands between the quotes of strings of a place's format.
   *
   * @throws IllegalArgumentException when the format is not known
   */
  static Dfa automaton(Place place) {
    String regex = KNOWN.get(place.text("format"));
    if (regex == null) {
      throw place.wrong("format", "'" + place.text("format") + "' is not supported; supported are " + KNOWN.keySet());
    }
    return COMPILED.computeIfAbsent(regex, r -> {
      Effort effort = new Effort();
      return Dfa.of(RegexReader.read(r, true, Encoding.JSON_STRING, effort), effort);
    });
  }

  /** Eight groups, or fewer with one {@code ::} in the place of two or more zero groups (RFC 4291). */
  private static String ipv6() {
    String group = HEX + "{1,4}";
    String shortened = IntStream.rangeClosed(0, 6).mapToObj(before -> {
      String left = before == 0 ? "" : group + "(?::" + group + "){" + (before - 1) + "}";
      int after = 6 - before;
      String right = after == 0 ? "" : "(?:" + group + "(?::" + group + "){0," + (after - 1) + "})?";
      return left + "::" + right;
    }).collect(Collectors.joining("|"));
    return "(?:" + group + ":){7}" + group + "|" + shortened;
  }
}
