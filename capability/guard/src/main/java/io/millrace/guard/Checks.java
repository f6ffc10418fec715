// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard;

import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** Check digits and other validations that tell personal data from numbers that only look like it. */
final class Checks {

  private static final int[] RESIDENT_WEIGHTS = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
  private static final BigInteger NINETY_SEVEN = BigInteger.valueOf(97);

  /** Lengths of the ISO 13616 registry's countries. */
  private static final Map<String, Integer> IBAN_LENGTHS = new HashMap<>();

  static {
    String table =
        "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BR29BY28CH21CR22CY28CZ24DE22DK18DO28EE20EG29ES24FI18FO18FR27GB22GE22GI23"
            + "GL18GR27GT28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22MK19MR27MT31"
            + "MU30NL18NO15PK24PL28PS29PT25QA29RO24RS22SA24SC31SD18SE24SI19SK24SM27ST25SV28TL23TN24TR26UA29VA22VG24XK20";
    for (int i = 0; i < table.length(); i += 4) {
      IBAN_LENGTHS.put(table.substring(i, i + 2), Integer.valueOf(table.substring(i + 2, i + 4)));
    }
  }

  private Checks() {}

  /** Returns whether the digits pass Luhn's check (ISO/IEC 7812-1) and begin as a card scheme's do. */
  static boolean creditCard(String written) {
    String digits = digits(written);
    int length = digits.length();
    if (length < 12 || length > 19 || !isScheme(digits, length)) {
      return false;
    }
    int sum = 0;
    boolean different = false;
    for (int i = 0; i < length; i++) {
      int digit = digits.charAt(length - 1 - i) - '0';
      different |= digit != digits.charAt(0) - '0';
      int doubled = i % 2 == 1 ? 2 * digit : digit;
      sum += doubled > 9 ? doubled - 9 : doubled;
    }
    return different && sum % 10 == 0;
  }

  private static boolean isScheme(String d, int length) {
    int two = Integer.parseInt(d.substring(0, 2));
    int three = Integer.parseInt(d.substring(0, 3));
    int four = Integer.parseInt(d.substring(0, 4));
    return switch (d.charAt(0)) {
      case '4' -> length == 13 || length == 16;
      case '5' -> (two >= 51 && two <= 55 && length == 16) || (isMaestro(four) && length >= 12);
      case '2' -> (four >= 2221 && four <= 2720 && length == 16) || (four == 2131 && length == 15);
      case '3' ->
          ((two == 34 || two == 37) && length == 15)
              || (four >= 3528 && four <= 3589 && length == 16)
              || ((three <= 305 || two == 36 || two == 38 || two == 39) && length == 14);
      case '6' -> (four == 6011 || two == 65 || (three >= 644 && three <= 649) || two == 62 || isMaestro(four)) && length >= 16
          || (isMaestro(four) && length >= 12);
      // The first numbers of JCB had 15 digits.
      case '1' -> four == 1800 && length == 15;
      default -> false;
    };
  }

  private static boolean isMaestro(int four) {
    return switch (four) {
      case 5018, 5020, 5038, 5612, 5893, 6304, 6390, 6759, 6761, 6762, 6763 -> true;
      default -> false;
    };
  }

  /** Returns whether the account number has its country's length and passes ISO 7064 mod 97-10. */
  static boolean iban(String written) {
    String iban = written.replace(" ", "").toUpperCase(Locale.ROOT);
    Integer length = IBAN_LENGTHS.get(iban.substring(0, 2));
    if (length == null || iban.length() != length) {
      return false;
    }
    StringBuilder number = new StringBuilder();
    String turned = iban.substring(4) + iban.substring(0, 4);
    for (int i = 0; i < turned.length(); i++) {
      number.append(Character.digit(turned.charAt(i), 36));
    }
    return new BigInteger(number.toString()).mod(NINETY_SEVEN).intValue() == 1;
  }

  /** Returns whether 18 characters are a Chinese resident identity number (GB 11643-1999): date and check digit. */
  static boolean residentId(String id) {
    int sum = 0;
    for (int i = 0; i < 17; i++) {
      sum += (id.charAt(i) - '0') * RESIDENT_WEIGHTS[i];
    }
    if ("10X98765432".charAt(sum % 11) != Character.toUpperCase(id.charAt(17))) {
      return false;
    }
    try {
      int year = LocalDate.of(number(id, 6, 10), number(id, 10, 12), number(id, 12, 14)).getYear();
      return year >= 1880 && year <= 2100 && id.charAt(0) != '0' && id.charAt(0) != '9';
    } catch (DateTimeException e) {
      return false;
    }
  }

  /** Returns whether dotted numbers are an address of a host rather than a version, a mask or a sample. */
  static boolean ipv4(String written) {
    int[] parts = new int[4];
    String[] texts = written.split("\\.");
    for (int i = 0; i < 4; i++) {
      parts[i] = Integer.parseInt(texts[i]);
      if (parts[i] > 255 || (texts[i].length() > 1 && texts[i].charAt(0) == '0')) {
        return false;
      }
    }
    boolean sample =
        (parts[0] == 192 && parts[1] == 0 && parts[2] == 2)
            || (parts[0] == 198 && parts[1] == 51 && parts[2] == 100)
            || (parts[0] == 203 && parts[1] == 0 && parts[2] == 113);
    // Versions such as 1.2.3.4 and 10.5.0.1 have small parts; addresses hardly ever have four small ones.
    boolean version = parts[0] < 20 && parts[1] < 20 && parts[2] < 20 && parts[3] < 20 && parts[0] != 10;
    return parts[0] != 0 && parts[0] != 127 && parts[0] < 224 && !sample && !version;
  }

  /** Returns whether the groups are an IPv6 address (RFC 4291, section 2.2) that names a host. */
  static boolean ipv6(String written) {
    int groups = 0;
    for (String group : written.split(":", -1)) {
      if (group.length() > 4) {
        return false;
      }
      groups += group.isEmpty() ? 0 : 1;
    }
    int gap = written.indexOf("::");
    boolean digits = written.chars().anyMatch(c -> c >= '0' && c <= '9');
    if (gap < 0) {
      return groups == 8 && digits && !written.startsWith(":") && !written.endsWith(":");
    }
    boolean sample = written.toLowerCase(Locale.ROOT).startsWith("2001:db8");
    return groups >= 3 && groups <= 7 && digits && !sample && written.indexOf("::", gap + 1) < 0;
  }

  /** Returns whether a token looks drawn at random: long, of several classes, with digits strewn in. */
  static boolean random(String token) {
    int digits = 0;
    int upper = 0;
    int lower = 0;
    int changes = 0;
    for (int i = 0; i < token.length(); i++) {
      char c = token.charAt(i);
      digits += isDigit(c) ? 1 : 0;
      upper += c >= 'A' && c <= 'Z' ? 1 : 0;
      lower += c >= 'a' && c <= 'z' ? 1 : 0;
      changes += i > 0 && isDigit(c) != isDigit(token.charAt(i - 1)) ? 1 : 0;
    }
    return digits >= 3 && upper + lower >= 3 && changes >= 4 && entropy(token) >= 3.0;
  }

  /** Returns whether a configured value looks like a password rather than a word, a constant or a placeholder. */
  static boolean password(String value) {
    boolean digit = value.chars().anyMatch(c -> c >= '0' && c <= '9');
    boolean upper = value.chars().anyMatch(c -> c >= 'A' && c <= 'Z');
    boolean lower = value.chars().anyMatch(c -> c >= 'a' && c <= 'z');
    boolean sign = value.chars().anyMatch(c -> "!@#%^&*+~?".indexOf(c) >= 0);
    boolean call = value.indexOf('.') > 0 && !sign && value.chars().noneMatch(c -> c == '-' || c == '_') && upper;
    int classes = (digit ? 1 : 0) + (upper ? 1 : 0) + (lower ? 1 : 0) + (sign ? 1 : 0);
    return (digit && (lower || sign) || classes >= 3) && !call && !value.startsWith("$") && !value.startsWith("***");
  }

  private static double entropy(String token) {
    int[] counts = new int[128];
    for (int i = 0; i < token.length(); i++) {
      counts[token.charAt(i) & 127]++;
    }
    double bits = 0;
    for (int count : counts) {
      if (count > 0) {
        double p = (double) count / token.length();
        bits -= p * Math.log(p) / Math.log(2);
      }
    }
    return bits;
  }

  static String digits(String text) {
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      if (isDigit(text.charAt(i))) {
        out.append(text.charAt(i));
      }
    }
    return out.toString();
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static int number(String text, int from, int to) {
    return Integer.parseInt(text.substring(from, to));
  }
}
