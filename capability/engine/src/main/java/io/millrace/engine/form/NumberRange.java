// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;

/**
 * Numbers from one to another.
 *
 * @param least the lower bound, if there is one
 * @param leastIn whether it belongs to the range
 */
record NumberRange(@Nullable BigDecimal least, boolean leastIn, @Nullable BigDecimal most, boolean mostIn) {
  static final NumberRange ALL = new NumberRange(null, true, null, true);

  static NumberRange from(@Nullable BigDecimal least, boolean in) {
    return new NumberRange(least, in, null, true);
  }

  static NumberRange to(@Nullable BigDecimal most, boolean in) {
    return new NumberRange(null, true, most, in);
  }

  static NumberRange between(long least, long most) {
    return new NumberRange(BigDecimal.valueOf(least), true, BigDecimal.valueOf(most), true);
  }

  boolean isBounded() {
    return least != null || most != null;
  }

  NumberRange and(NumberRange other) {
    NumberRange lower = later(other);
    NumberRange upper = sooner(other);
    return new NumberRange(lower.least, lower.leastIn, upper.most, upper.mostIn);
  }

  private NumberRange later(NumberRange other) {
    if (least == null || other.least == null) {
      return least == null ? other : this;
    }
    int order = least.compareTo(other.least);
    return order > 0 || order == 0 && !leastIn ? this : other;
  }

  private NumberRange sooner(NumberRange other) {
    if (most == null || other.most == null) {
      return most == null ? other : this;
    }
    int order = most.compareTo(other.most);
    return order < 0 || order == 0 && !mostIn ? this : other;
  }

  boolean isEmpty() {
    if (least == null || most == null) {
      return false;
    }
    int order = least.compareTo(most);
    return order > 0 || order == 0 && !(leastIn && mostIn);
  }

  boolean contains(BigDecimal number) {
    return !and(new NumberRange(number, true, number, true)).isEmpty();
  }

  /** The same numbers with the other sign. */
  NumberRange negated() {
    return new NumberRange(most == null ? null : most.negate(), mostIn, least == null ? null : least.negate(), leastIn);
  }

  @Override
  public String toString() {
    return (leastIn ? "[" : "(") + (least == null ? "-∞" : least.toPlainString()) + ", "
        + (most == null ? "∞" : most.toPlainString()) + (mostIn ? "]" : ")");
  }
}
