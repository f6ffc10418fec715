// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

/**
 * The tokens that may follow.
 *
 * @param worst the highest cost after one of them
 */
record Mask(TokenSet tokens, int worst) {
  /** Takes tokens that cost no more than a limit. */
  static final class Builder implements Walk.Sink {
    private final long[] bits;
    private final int limit;
    private int worst;

    Builder(int size, int limit) {
      bits = new long[TokenSet.words(size)];
      this.limit = limit;
    }

    void add(TokenSet tokens, int cost) {
      if (cost <= limit) {
        tokens.addTo(bits);
        worst = Math.max(worst, cost);
      }
    }

    @Override
    public void tokens(int[] ids, int from, int to, int rounds, boolean ended, int cost) {
      if (cost <= limit) {
        for (int i = from; i < to; i++) {
          bits[ids[i] >> 6] |= 1L << ids[i];
        }
        worst = Math.max(worst, cost);
      }
    }

    @Override
    public void exit(int node, int rounds) {
      throw new IllegalStateException("a whole stack has no rule below it");
    }

    Mask build() {
      return new Mask(TokenSet.of(bits), worst);
    }
  }
}
