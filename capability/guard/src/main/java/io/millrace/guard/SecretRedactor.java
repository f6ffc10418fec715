// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard;

import io.millrace.core.spi.Guard.Finding;
import io.millrace.core.spi.Guard.Redaction;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;

/**
 * Replaces secrets and personal data by labels such as {@code [email]}. Each kind is validated (check digits, ranges,
 * shapes), since what it runs over is mostly documentation full of numbers and names that mean nothing to anybody.
 * Redacting twice changes nothing more; time is linear in the text.
 */
public final class SecretRedactor {

  private static final String KEYWORD =
      "(?i:pass(?:word|wd|phrase)|pwd|secret|api[_-]?key|access[_-]?key|secret[_-]?key|private[_-]?key|"
          + "auth[_-]?token|"
          + "access[_-]?token|refresh[_-]?token|bearer|token|credential|client[_-]?secret|密码|口令|密钥|令牌)";
  private static final String SEPARATOR = "[ .\\-()\\u00a0]";

  /** All kinds, in the order in which they are tried; an earlier one wins where two overlap. */
  private static final List<Detector> DETECTORS =
      List.of(
          Detector.of(
              "private-key", Traits.literal("-----BEGIN"),
              "-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----[A-Za-z0-9+/=\\s:,.]{0,16384}+"
                  + "(?:-----END (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----)?"),
          Detector.of("jwt", Traits.word(20), "(?<![\\w-])eyJ[\\w-]{10,4096}+\\.[\\w-]{10,4096}+\\.[\\w-]{0,1024}+"),
          Detector.of(
              "aws-key", Traits.word(20),
              "(?<![A-Za-z0-9])(?:AKIA|ASIA|AROA|AIDA|ABIA|ACCA)[A-Z2-7]{16}(?![A-Za-z0-9])"),
          Detector.of(
              "aws-key", Traits.word(40),
              "(?i:aws.{0,20}?(?:secret|key).{0,20}?[=:'\" ]{1,4})([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+])",
              m -> Checks.random(m.group(1))),
          Detector.of("google-key", Traits.word(39), "(?<![\\w-])AIza[\\w-]{35}(?![\\w-])"),
          Detector.of("google-key", Traits.word(25), "(?<![\\w-])ya29\\.[\\w-]{20,512}+"),
          Detector.of(
              "github-token", Traits.word(40),
              "(?<!\\w)(?:gh[pousr]_[A-Za-z0-9]{36,255}+|github_pat_[A-Za-z0-9_]{60,255}+)"),
          Detector.of("gitlab-token", Traits.word(26), "(?<!\\w)glpat-[\\w-]{20,64}+"),
          Detector.of("slack-token", Traits.word(15), "(?<![\\w-])xox[abeoprs]-[A-Za-z0-9-]{10,250}+"),
          Detector.of(
              "slack-token", Traits.literal("hooks.slack"),
              "https://hooks\\.slack\\.com/services/[A-Za-z0-9/]{20,100}+"),
          Detector.of(
              "openai-key", Traits.word(23),
              "(?<![\\w-])sk-(?:[a-z]{2,8}-){0,3}[A-Za-z0-9_-]{20,200}+", m -> Checks.random(m.group())),
          Detector.of("stripe-key", Traits.word(24), "(?<!\\w)[rs]k_(?:live|test)_[A-Za-z0-9]{16,128}+"),
          Detector.of(
              "password", Traits.literal("://"),
              "[a-zA-Z][a-zA-Z0-9+.-]{1,20}+://[^\\s:/@?#\\[\\]]{0,100}+:([^\\s/@?#\\[\\]]{1,100}+)@"),
          Detector.of(
              "password", Traits::assigns,
              KEYWORD + "[\"'’]?(?: (?:is|was)|是|为)?[ \\t]{0,3}[:=：]?[=>]?[ \\t]{0,3}[\"'“]?"
                  + "(?<=[:=：>\"'“ 是为])([A-Za-z0-9!@#$%^&*+~?._/=-]{6,200}+)(?![(\\[A-Za-z0-9])",
              m -> Checks.password(trim(m.group(1))) && isAssigned(m)),
          Detector.of(
              "secret", Traits.word(20),
              KEYWORD + "[^\\n\\[\\]]{0,40}?(?<![A-Za-z0-9+/_=.-])([A-Za-z0-9+/_=-]{20,512}+)(?![.(\\w])",
              m -> Checks.random(m.group(1)) && !isUuid(m.group(1))),
          Detector.of(
              "email", Traits.literal("@"),
              "(?<![\\w.+%-])[\\w.+%-]{1,64}+@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.){1,8}"
                  + "[A-Za-z]{2,24}(?![\\w@])"),
          Detector.of(
              "iban", Traits.digits(2),
              "(?<![A-Za-z0-9])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])",
              m -> Checks.iban(m.group())),
          Detector.of(
              "resident-id", Traits.digits(17),
              "(?<![\\w.-])[1-8][0-9]{16}[0-9Xx](?![\\w.])", m -> Checks.residentId(m.group())),
          Detector.of(
              "credit-card", Traits.digits(12),
              "(?<![\\w.+-])[1-6](?:[ -]?[0-9]){11,18}(?![\\w]|[ -]?[0-9]|\\.[0-9])", m -> Checks.creditCard(m.group())),
          Detector.of(
              "us-ssn", Traits.digits(9),
              "(?<![\\w.-])(?!000|666|9)[0-9]{3}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}(?![\\w-])"),
          Detector.of(
              "ip-address", Traits.digits(4),
              "(?<![\\w.:/-])(?:[0-9]{1,3}\\.){3}[0-9]{1,3}(?![\\w-]|\\.[0-9])", SecretRedactor::isAddress),
          Detector.of(
              "ip-address", Traits.digits(4),
              "(?<=://)(?:[0-9]{1,3}\\.){3}[0-9]{1,3}(?![\\w-]|\\.[0-9])", m -> Checks.ipv4(m.group())),
          Detector.of(
              "ip-address", Traits.literal(":"),
              "(?<![\\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\\w:.])", m -> Checks.ipv6(m.group())),
          Detector.of(
              "phone", Traits.digits(8),
              "(?<![\\w+.-])\\+[1-9](?:" + SEPARATOR + "{0,2}[0-9]){7,14}(?![\\w])",
              m -> Checks.digits(m.group()).length() >= 8),
          Detector.of(
              "phone", Traits.digits(11),
              "(?<![\\w.+=-])(?:86[ -]?)?1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}(?![\\w.-])"),
          Detector.of("phone", Traits.digits(10), "(?<![\\w.)-])\\(?0[1-9][0-9]{1,2}\\)?[ -][0-9]{7,8}(?![\\w.-])"),
          Detector.of(
              "phone", Traits.digits(10),
              "(?<![\\w.+/-])(?:\\+?1[ .-])?(?:\\([2-9][0-9]{2}\\) ?|"
                  + "[2-9][0-9]{2}[ .-])[2-9][0-9]{2}[ .-][0-9]{4}(?: ?x[0-9]{1,5})?(?![\\w-]|\\.[0-9])"),
          Detector.of(
              "phone", Traits.digits(7),
              "(?i:\\b(?:phone|tel|telephone|mobile|cell|fax|call (?:me|us|him|her)|whatsapp)\\b|电话|手机|联系方式|"
                  + "致电)[^0-9\\n\\[\\]+(]{0,24}"
                  + "([+(]?[0-9](?:" + SEPARATOR + "{0,2}[0-9]){6,14})(?![\\w])",
              m -> Checks.digits(m.group(1)).length() >= 7));

  private static final int MOST_ROUNDS = 16;

  private final List<Detector> detectors;

  /** A redactor of every kind. */
  public SecretRedactor() {
    this(kinds());
  }

  /**
   * A redactor of some kinds.
   *
   * @throws IllegalArgumentException for an unknown kind, listing the known ones
   */
  public SecretRedactor(Collection<String> kinds) {
    for (String kind : kinds) {
      if (!kinds().contains(kind)) {
        throw new IllegalArgumentException("unknown kind '" + kind + "' of secret; known: " + String.join(", ", kinds()));
      }
    }
    this.detectors = DETECTORS.stream().filter(d -> kinds.contains(d.kind())).toList();
  }

  /** Returns all kinds. */
  public static Set<String> kinds() {
    Set<String> kinds = new LinkedHashSet<>();
    DETECTORS.forEach(detector -> kinds.add(detector.kind()));
    return kinds;
  }

  /** Returns the text with labels in place of what was found, and where that stood. */
  public Redaction redact(String text) {
    return redact(text, List.of());
  }

  /**
   * Redacts all but some exact texts.
   *
   * @param keep what stays, for example a public contact address
   */
  public Redaction redact(String text, Collection<String> keep) {
    List<Finding> found = new ArrayList<>();
    String current = text;
    // A label ends what stood beside it, which may free a match; labels themselves hold nothing that matches.
    for (int round = 0; round < MOST_ROUNDS; round++) {
      List<Finding> more = scan(current, keep);
      if (more.isEmpty()) {
        break;
      }
      List<Finding> before = List.copyOf(found);
      more.forEach(f -> found.add(new Finding(f.kind(), original(f.start(), before), original(f.end(), before))));
      found.sort(Comparator.comparingInt(Finding::start));
      current = replace(text, found);
    }
    return found.isEmpty() ? new Redaction(text, List.of()) : new Redaction(current, found);
  }

  private List<Finding> scan(String text, Collection<String> keep) {
    List<Finding> all = new ArrayList<>();
    Traits traits = Traits.of(text);
    for (Detector detector : detectors) {
      if (!detector.needed().test(traits)) {
        continue;
      }
      Matcher matcher = detector.pattern().matcher(text);
      while (matcher.find()) {
        if (detector.check().test(matcher)) {
          int group = matcher.groupCount() > 0 ? 1 : 0;
          int end = matcher.end(group);
          if ("password".equals(detector.kind()) && group == 1) {
            end = matcher.start(1) + trim(matcher.group(1)).length();
          }
          if (keep.isEmpty() || !keep.contains(text.substring(matcher.start(group), end))) {
            all.add(new Finding(detector.kind(), matcher.start(group), end));
          }
        }
      }
    }
    // Stable: of findings that begin together the earlier detector's comes first.
    all.sort(Comparator.comparingInt(Finding::start));
    List<Finding> apart = new ArrayList<>();
    int end = 0;
    for (Finding finding : all) {
      if (finding.start() >= end) {
        apart.add(finding);
        end = finding.end();
      }
    }
    return apart;
  }

  private static String replace(String text, List<Finding> findings) {
    StringBuilder out = new StringBuilder(text.length());
    int from = 0;
    for (Finding finding : findings) {
      out.append(text, from, finding.start()).append(label(finding));
      from = finding.end();
    }
    return out.append(text, from, text.length()).toString();
  }

  /** Returns where a place of the redacted text, outside labels, stood in the original. */
  private static int original(int place, List<Finding> findings) {
    int shift = 0;
    for (Finding finding : findings) {
      int start = finding.start() + shift;
      int end = start + label(finding).length();
      if (place < end) {
        break;
      }
      shift += label(finding).length() - (finding.end() - finding.start());
    }
    return place - shift;
  }

  private static String label(Finding finding) {
    return "[" + finding.kind() + "]";
  }

  /** Returns the value without the punctuation that ends a sentence. */
  private static String trim(String value) {
    int end = value.length();
    while (end > 0 && ".,?!".indexOf(value.charAt(end - 1)) >= 0) {
      end--;
    }
    return value.substring(0, end);
  }

  /** A value must be assigned or said: {@code password=x}, {@code password: x}, {@code the password is x}. */
  private static boolean isAssigned(MatchResult match) {
    String before = match.group().substring(0, match.start(1) - match.start());
    return before.matches("(?s).*(?:[:=：>]|\\bis\\b|\\bwas\\b|是|为)[ \\t\"'“]*");
  }

  private static boolean isUuid(String token) {
    return token.matches("[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}");
  }

  private static boolean isAddress(MatchResult match) {
    return Checks.ipv4(match.group());
  }
}
