// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

/** What one sequence may write, token by token. For one thread. */
public interface TokenMask {
  /**
   * Sets the logits of tokens that must not come next to −∞.
   *
   * @param left how many tokens may still be written, this one included
   */
  void mask(float[] logits, int left);

  /** Takes the token that was written. */
  void accept(int token);

  /** Whether nothing may follow, so that the answer is at its end. */
  boolean over();
}
