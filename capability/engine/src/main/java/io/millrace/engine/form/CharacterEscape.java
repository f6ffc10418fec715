// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import java.lang.Character.UnicodeScript;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.IntSupplier;

/** What stands behind a backslash in a regular expression. */
final class CharacterEscape {
  /**
   * Characters, as two dialects see them.
   *
   * @param inner those on which both agree that they are in
   * @param outer those of which one says so
   * @param single the character, if it is just one; -1 otherwise
   */
  record Sets(CodePoints inner, CodePoints outer, int single) {
    static Sets of(CodePoints set) {
      return new Sets(set, set, set.size() == 1 ? set.first(0) : -1);
    }

    Sets not() {
      return new Sets(outer.not(), inner.not(), -1);
    }
  }

  private static final CodePoints DIGITS = CodePoints.between('0', '9');
  private static final CodePoints WORD =
      DIGITS.or(CodePoints.between('a', 'z')).or(CodePoints.between('A', 'Z')).or(CodePoints.of('_'));
  private static final CodePoints JAVA_SPACE = CodePoints.anyOf(" \t\n\u000b\f\r");
  private static final Sets SPACE = new Sets(JAVA_SPACE,
      JAVA_SPACE.or(CodePoints.anyOf("\u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff"))
      .or(CodePoints.between(0x2000, 0x200a)), -1);

  /** General categories by {@link Character#getType}; one letter stands for all that begin with it. */
  private static final Map<String, Integer> CATEGORIES = Map.ofEntries(
      Map.entry("Lu", 1), Map.entry("Ll", 2), Map.entry("Lt", 3), Map.entry("Lm", 4), Map.entry("Lo", 5),
      Map.entry("Mn", 6), Map.entry("Me", 7), Map.entry("Mc", 8), Map.entry("Nd", 9), Map.entry("Nl", 10),
      Map.entry("No", 11), Map.entry("Zs", 12), Map.entry("Zl", 13), Map.entry("Zp", 14), Map.entry("Cc", 15),
      Map.entry("Cf", 16), Map.entry("Co", 18), Map.entry("Cn", 0), Map.entry("Pd", 20), Map.entry("Ps", 21),
      Map.entry("Pe", 22), Map.entry("Pc", 23), Map.entry("Po", 24), Map.entry("Sm", 25), Map.entry("Sc", 26),
      Map.entry("Sk", 27), Map.entry("So", 28), Map.entry("Pi", 29), Map.entry("Pf", 30));

  /** Sets that were asked for: to find one, all characters are looked at. There are only so many names. */
  private static final Map<String, CodePoints> FOUND = new ConcurrentHashMap<>();

  private final IntSupplier peek;
  private final IntSupplier next;
  private final Function<String, IllegalArgumentException> wrong;

  private CharacterEscape(IntSupplier peek, IntSupplier next, Function<String, IllegalArgumentException> wrong) {
    this.peek = peek;
    this.next = next;
    this.wrong = wrong;
  }

  /**
   * Reads an escape whose backslash was read.
   *
   * @param peek the next character, or -1
   * @param next takes it
   * @param wrong makes an exception of a reason
   */
  static Sets read(IntSupplier peek, IntSupplier next, Function<String, IllegalArgumentException> wrong) {
    return new CharacterEscape(peek, next, wrong).read();
  }

  private int next() {
    if (peek.getAsInt() < 0) {
      throw wrong.apply("an escape is cut short");
    }
    return next.getAsInt();
  }

  private Sets read() {
    int c = next();
    return switch (c) {
      case 'd' -> Sets.of(DIGITS);
      case 'D' -> Sets.of(DIGITS).not();
      case 'w' -> Sets.of(WORD);
      case 'W' -> Sets.of(WORD).not();
      case 's' -> SPACE;
      case 'S' -> SPACE.not();
      case 't' -> one('\t');
      case 'n' -> one('\n');
      case 'r' -> one('\r');
      case 'f' -> one('\f');
      case 'v' -> one('\u000b');
      case '0' -> one(0);
      case 'x' -> one(hex(2));
      case 'u' -> one(unicode());
      case 'p' -> Sets.of(property());
      case 'P' -> Sets.of(property()).not();
      default -> {
        if (c < 128 && Character.isLetterOrDigit(c)) {
          throw wrong.apply("\\" + (char) c + " is not supported"
              + (Character.isDigit(c) ? ": references back are not regular" : ""));
        }
        yield one(c);
      }
    };
  }

  private static Sets one(int c) {
    return Sets.of(CodePoints.of(c));
  }

  private int hex(int digits) {
    int value = 0;
    for (int i = 0; i < digits; i++) {
      int digit = Character.digit(next(), 16);
      if (digit < 0) {
        throw wrong.apply("an escape needs " + digits + " hexadecimal digits");
      }
      value = value << 4 | digit;
    }
    return value;
  }

  private int unicode() {
    int value = 0;
    if (peek.getAsInt() == '{') {
      next();
      for (int c = next(); c != '}'; c = next()) {
        int digit = Character.digit(c, 16);
        if (digit < 0 || value > Character.MAX_CODE_POINT) {
          throw wrong.apply("\\u{…} is not a character");
        }
        value = value << 4 | digit;
      }
    } else {
      value = hex(4);
    }
    if (Character.isHighSurrogate((char) value) && value <= 0xffff) {
      if (next() != '\\' || next() != 'u') {
        throw wrong.apply("half a surrogate pair stands alone");
      }
      value = Character.toCodePoint((char) value, (char) hex(4));
    }
    if (!Character.isValidCodePoint(value) || value >= 0xd800 && value <= 0xdfff) {
      throw wrong.apply("\\u does not give a character");
    }
    return value;
  }

  private CodePoints property() {
    StringBuilder name = new StringBuilder();
    int c = next();
    if (c != '{') {
      name.appendCodePoint(c);
    } else {
      for (c = next(); c != '}'; c = next()) {
        name.appendCodePoint(c);
      }
    }
    return FOUND.computeIfAbsent(name.toString(), this::property);
  }

  private CodePoints property(String key) {
    Integer type = CATEGORIES.get(key);
    if (type != null) {
      return CodePoints.where(p -> Character.getType(p) == type);
    }
    if (key.length() == 1 && "LMNPSZC".contains(key)) {
      long mask = CATEGORIES.entrySet().stream().filter(e -> e.getKey().startsWith(key))
          .mapToLong(e -> 1L << e.getValue()).sum();
      return CodePoints.where(p -> (mask >> Character.getType(p) & 1) == 1);
    }
    String script = key.replaceFirst("^(Is|Script=|sc=|script=)", "");
    try {
      UnicodeScript wanted = UnicodeScript.forName(script);
      return CodePoints.where(p -> UnicodeScript.of(p) == wanted);
    } catch (IllegalArgumentException e) {
      throw wrong.apply("\\p{" + key + "} is neither a general category nor a script");
    }
  }
}
