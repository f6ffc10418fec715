// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;

/**
 * Decimal numbers without sign that are multiples of a number: an automaton that knows the remainder of the digits so
 * far.
 */
final class Multiples {
  private static final int MOST_REMAINDERS = 20_000;
  private static final int POINT = 10;
  private static final int OTHER = 11;

  private Multiples() {}

  /**
   * The automaton.
   *
   * @throws Effort.TooLarge when the number has too many digits
   */
  static Dfa of(BigDecimal multiple, Effort effort) {
    BigDecimal shortest = multiple.stripTrailingZeros();
    int places = Math.max(0, shortest.scale());
    BigInteger unit = shortest.movePointRight(places).toBigIntegerExact();
    if (unit.multiply(BigInteger.valueOf(places + 2L)).compareTo(BigInteger.valueOf(MOST_REMAINDERS)) > 0) {
      throw new Effort.TooLarge("multipleOf " + multiple + " has too many digits");
    }
    int n = unit.intValue();
    byte[] kinds = new byte[256];
    for (int b = 0; b < 256; b++) {
      kinds[b] = (byte) (b >= '0' && b <= '9' ? b - '0' : b == '.' ? POINT : OTHER);
    }
    // State r of layer 0 has read whole digits; that of layer 1 + p the point and p digits behind it.
    Table table = new Table(OTHER + 1);
    for (int layer = 0; layer <= places + 1; layer++) {
      for (int r = 0; r < n; r++) {
        int[] row = table.add();
        int next = layer == 0 ? 0 : layer + 1;
        for (int digit = 0; digit < 10 && next <= places + 1; digit++) {
          row[digit] = next * n + (10 * r + digit) % n;
        }
        if (layer == 0 && places > 0) {
          row[POINT] = n + r;
        }
        int missing = layer == 0 ? places : places - (layer - 1);
        BigInteger value = BigInteger.valueOf(r).multiply(BigInteger.TEN.pow(missing));
        if (value.mod(unit).signum() == 0) {
          table.accept(layer * n + r);
        }
      }
    }
    return table.minimal(kinds, OTHER + 1, List.of(), effort);
  }
}
