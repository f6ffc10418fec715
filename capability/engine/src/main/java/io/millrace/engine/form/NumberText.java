// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/**
 * Numbers of a range, and multiples of a number, as automata over their digits: exact, for they compare digit by digit.
 * Where there are bounds, numbers are written without exponents.
 */
final class NumberText {
  private static final Expr DIGIT = JsonRules.DIGIT;
  private static final Expr DIGITS = Expr.star(DIGIT);
  private static final Expr SOME = new Expr.Repeat(DIGIT, 1, Expr.ANY_NUMBER);
  private static final Expr POINT = Expr.text(".");
  private static final Expr FRACTION = Expr.optional(Expr.sequence(POINT, SOME));
  /** Digits that are above zero together. */
  private static final Expr POSITIVE = Expr.sequence(DIGITS, digits('1', '9'), DIGITS);
  /** Digits before the point of a number with some behind it, where the bounds say nothing else. */
  private static final int WHOLE_DIGITS = 9;
  /** So many digits together survive in a number of 64 bits, and bounds hold for whoever reads it as one. */
  private static final int EXACT_DIGITS = 15;

  private NumberText() {}

  /**
   * Reads the numbers of a range that are multiples of all of some numbers.
   *
   * @param fractions whether other numbers than whole ones may be written
   * @return {@link Expr#NOTHING} when there are none
   */
  static Expr of(NumberRange range, List<BigDecimal> multiples, boolean fractions, Effort effort) {
    if (range.isEmpty()) {
      return Expr.NOTHING;
    }
    NumberRange from0 = NumberRange.from(BigDecimal.ZERO, true);
    NumberRange above0 = NumberRange.from(BigDecimal.ZERO, false);
    Dfa positive = magnitude(range.and(from0), multiples, fractions, effort);
    Dfa negative = magnitude(range.negated().and(above0), multiples, fractions, effort);
    List<Expr> choices = new ArrayList<>();
    if (!positive.isEmpty()) {
      choices.add(new Expr.Embedded(positive));
    }
    if (!negative.isEmpty()) {
      choices.add(Expr.sequence(Expr.text("-"), new Expr.Embedded(negative)));
    }
    return Expr.choice(choices);
  }

  private static Dfa magnitude(NumberRange range, List<BigDecimal> multiples, boolean fractions, Effort effort) {
    int whole = fractions ? WHOLE_DIGITS : JsonRules.DIGITS;
    int places = 0;
    for (BigDecimal bound : bounds(range)) {
      whole = Math.max(whole, bound.precision() - bound.scale() + (range.most() == null ? 1 : 0));
      places = Math.max(places, bound.stripTrailingZeros().scale() + 1);
    }
    places = Math.max(places > 1 ? places : 0, EXACT_DIGITS - whole);
    boolean point = fractions && places > 0;
    Expr syntax = Expr.sequence(
        Expr.choice(Expr.text("0"), Expr.sequence(digits('1', '9'), new Expr.Repeat(DIGIT, 0, whole - 1))),
        point ? Expr.optional(Expr.sequence(POINT, new Expr.Repeat(DIGIT, 1, places))) : Expr.EMPTY);
    Dfa numbers = range.isEmpty() ? Dfa.of(Expr.NOTHING, effort) : Dfa.of(syntax, effort);
    if (range.least() != null) {
      numbers = numbers.and(Dfa.of(atLeast(new Digits(range.least()), range.leastIn()), effort), effort);
    }
    if (range.most() != null) {
      numbers = numbers.and(Dfa.of(atMost(new Digits(range.most()), range.mostIn()), effort), effort);
    }
    for (BigDecimal multiple : multiples) {
      numbers = numbers.and(Multiples.of(multiple, effort), effort);
    }
    return numbers;
  }

  private static List<BigDecimal> bounds(NumberRange range) {
    List<BigDecimal> bounds = new ArrayList<>();
    if (range.least() != null) {
      bounds.add(range.least());
    }
    if (range.most() != null) {
      bounds.add(range.most());
    }
    return bounds;
  }

  /** The digits of a number that is not negative, before the point and behind it, without zeros at the end. */
  private record Digits(String whole, String fraction) {
    Digits(BigDecimal number) {
      this(number.toBigInteger().toString(), fraction(number));
    }

    private static String fraction(BigDecimal number) {
      BigDecimal rest = number.subtract(new BigDecimal(number.toBigInteger()));
      return rest.signum() == 0 ? "" : rest.stripTrailingZeros().toPlainString().substring(2);
    }
  }

  private static Expr digits(int first, int last) {
    return first > last ? Expr.NOTHING : new Expr.Range(first, last);
  }

  private static Expr times(int n) {
    return new Expr.Repeat(DIGIT, n, n);
  }

  private static Expr atLeast(Digits bound, boolean in) {
    String whole = bound.whole;
    List<Expr> choices = new ArrayList<>();
    choices.add(Expr.sequence(digits('1', '9'), times(whole.length()), DIGITS, FRACTION));
    for (int i = 0; i < whole.length(); i++) {
      choices.add(Expr.sequence(
          Expr.text(whole.substring(0, i)), digits(whole.charAt(i) + 1, '9'), times(whole.length() - i - 1), FRACTION));
    }
    String fraction = bound.fraction;
    if (fraction.isEmpty()) {
      choices.add(Expr.sequence(Expr.text(whole), in ? FRACTION : Expr.sequence(POINT, POSITIVE)));
    } else {
      for (int i = 0; i < fraction.length(); i++) {
        choices.add(Expr.sequence(
            Expr.text(whole + "." + fraction.substring(0, i)), digits(fraction.charAt(i) + 1, '9'), DIGITS));
      }
      choices.add(Expr.sequence(Expr.text(whole + "." + fraction), in ? DIGITS : POSITIVE));
    }
    return Expr.choice(choices);
  }

  private static Expr atMost(Digits bound, boolean in) {
    String whole = bound.whole;
    List<Expr> choices = new ArrayList<>();
    if (whole.length() > 1) {
      choices.add(Expr.sequence(Expr.choice(Expr.text("0"),
          Expr.sequence(digits('1', '9'), new Expr.Repeat(DIGIT, 0, whole.length() - 2))), FRACTION));
    }
    for (int i = 0; i < whole.length(); i++) {
      int first = i == 0 && whole.length() > 1 ? '1' : '0';
      choices.add(Expr.sequence(
          Expr.text(whole.substring(0, i)), digits(first, whole.charAt(i) - 1), times(whole.length() - i - 1),
          FRACTION));
    }
    String fraction = bound.fraction;
    if (fraction.isEmpty()) {
      if (in) {
        choices.add(Expr.sequence(Expr.text(whole), Expr.optional(Expr.sequence(POINT, zeros(1)))));
      }
      return Expr.choice(choices);
    }
    choices.add(Expr.text(whole));
    for (int i = 0; i < fraction.length(); i++) {
      Expr same = Expr.text(whole + "." + fraction.substring(0, i));
      choices.add(Expr.sequence(same, digits('0', fraction.charAt(i) - 1), DIGITS));
      if (i > 0) {
        choices.add(same);
      }
    }
    if (in) {
      choices.add(Expr.sequence(Expr.text(whole + "." + fraction), zeros(0)));
    }
    return Expr.choice(choices);
  }

  private static Expr zeros(int least) {
    return new Expr.Repeat(Expr.text("0"), least, Expr.ANY_NUMBER);
  }
}
