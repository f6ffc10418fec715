// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.core.generation.SamplingOptions;
import io.millrace.engine.kernel.Softmax;

import java.util.Arrays;

/**
 * The tokens that top-k, top-p and min-p leave. What is left of a hundred thousand tokens is not known before the likelier
 * ones are counted, but only few of them need be put in order: a histogram finds about where the border lies, and only tokens
 * about as likely as that are sorted.
 */
final class Candidates {
  /** So few are sorted at once. */
  private static final int FEW = 2048;
  /** Positive floats order as their bits do; without the lowest, 256 for each doubling. */
  private static final int SHIFT = 15;

  private final float[] p;
  private final int[] tokens;
  private int count;

  private Candidates(float[] p) {
    this.p = p;
    tokens = new int[p.length];
  }

  /**
   * Finds them.
   *
   * @param p probabilities times anything; the likeliest is 1
   * @param sum of all of p
   */
  static Candidates of(float[] p, double sum, SamplingOptions sampling) {
    boolean nucleus = sampling.topP() < 1;
    boolean limited = sampling.topK() > 0 && sampling.topK() < p.length;
    // In a nucleus, a token below this share cannot be needed: even all the others of its kind would not fill the rest.
    double floor = Math.max(nucleus ? (1 - sampling.topP()) / p.length * sum : 0, sampling.minP());
    Candidates candidates = new Candidates(p);
    candidates.gather((float) Math.max(floor, Softmax.NOTHING));
    if (limited || nucleus) {
      candidates.cut(limited ? sampling.topK() : Integer.MAX_VALUE, nucleus ? sampling.topP() * sum : Double.MAX_VALUE);
    }
    return candidates;
  }

  /** The ids, ascending. */
  int[] tokens() {
    return Arrays.copyOf(tokens, count);
  }

  private void gather(float floor) {
    int n = 0;
    for (int t = 0; t < p.length; t++) {
      tokens[n] = t;
      n += p[t] >= floor ? 1 : 0; // without a branch, which would be guessed wrong
    }
    count = n;
  }

  /** Leaves the likeliest, up to so many, or up to the one with which their mass is reached. */
  private void cut(int most, double mass) {
    boolean few = count <= FEW;
    int border = few ? Integer.MAX_VALUE : border(most, mass);
    int[] near = new int[count];
    int n = 0;
    int kept = 0;
    double sum = 0;
    for (int i = 0; i < count; i++) {
      int key = key(tokens[i]);
      if (few || key == border) {
        near[n++] = tokens[i];
      } else if (key > border) {
        sum += p[tokens[i]];
        kept++;
      }
    }
    int last = -1;
    for (int token : sorted(near, n)) {
      if (kept == most || sum >= mass) {
        break;
      }
      last = token;
      kept++;
      sum += p[token];
    }
    leave(border, last);
  }

  /** Leaves, in the order of ids, what lies above the border, or is not after {@code last} in the order of likelihood. */
  private void leave(int border, int last) {
    int n = 0;
    for (int i = 0; i < count; i++) {
      int token = tokens[i];
      boolean near = last >= 0 && (p[token] > p[last] || p[token] == p[last] && token <= last);
      if (near || key(token) > border) {
        tokens[n++] = token;
      }
    }
    count = n;
  }

  private int key(int token) {
    return Float.floatToRawIntBits(p[token]) >>> SHIFT;
  }

  /** The bits of those among which the last to be left is. */
  private int border(int most, double mass) {
    int top = Float.floatToRawIntBits(1f) >>> SHIFT;
    int[] counts = new int[top + 1];
    double[] sums = new double[top + 1];
    for (int i = 0; i < count; i++) {
      int key = key(tokens[i]);
      counts[key]++;
      sums[key] += p[tokens[i]];
    }
    int n = counts[top];
    double sum = sums[top];
    int key = top;
    while (key > 0 && n < most && sum < mass) {
      key--;
      n += counts[key];
      sum += sums[key];
    }
    return key;
  }

  /** Likeliest first; equal ones in the order of their ids. */
  private int[] sorted(int[] some, int n) {
    long[] keys = new long[n];
    for (int i = 0; i < n; i++) {
      keys[i] = (long) (Integer.MAX_VALUE - Float.floatToRawIntBits(p[some[i]])) << 32 | some[i];
    }
    Arrays.sort(keys);
    int[] sorted = new int[n];
    for (int i = 0; i < n; i++) {
      sorted[i] = (int) keys[i];
    }
    return sorted;
  }

  /**
   * Draws one in proportion to p.
   *
   * @param at from 0 to 1, without 1
   */
  int draw(double at) {
    double mass = 0;
    for (int i = 0; i < count; i++) {
      mass += p[tokens[i]];
    }
    double left = at * mass;
    for (int i = 0; i < count; i++) {
      left -= p[tokens[i]];
      if (left < 0) {
        return tokens[i];
      }
    }
    return tokens[count - 1];
  }
}
