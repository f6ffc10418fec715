// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.event;

/**
 * What shows that a document is of use, and how much. What the system shows of its own accord, such as recommendations,
 * says nothing about use; what people seek, open and value does.
 */
public enum UseSignal {
  /**
   * A search showed it. Standing first says little by itself: it does so again and again for the same question. The
   * amount is {@link #discount} of its place.
   */
  FOUND(0.2),
  /** Somebody opened it. */
  OPENED(1),
  /** An answer cited it. Answers have several citations, of which mostly one answers. */
  CITED(0.5),
  /** Somebody rated it, or an answer that cited it; the amount is the change of the rating, from -2 to 2. */
  RATED(1);

  private final double weight;

  UseSignal(double weight) {
    this.weight = weight;
  }

  /** Returns what an amount of it adds to a document's use. */
  public double worth(double amount) {
    return weight * amount;
  }

  /**
   * Returns how likely people are to look down to a place in a list: the discount of DCG (Järvelin and Kekäläinen 2002).
   *
   * @param rank from 1
   */
  public static double discount(int rank) {
    return Math.log(2) / Math.log(rank + 1.0);
  }
}
