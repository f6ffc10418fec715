// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import java.util.Arrays;
import java.util.function.IntPredicate;

/** A set of Unicode scalar values; surrogates are never in it, for no UTF-8 holds them. */
final class CodePoints {
  static final CodePoints NONE = new CodePoints(new int[0]);
  static final CodePoints ALL = new CodePoints(new int[] {0, 0xd7ff, 0xe000, 0x10ffff});

  /** First and last of each run, ascending; runs do not touch, surrogates apart. */
  private final int[] runs;

  private CodePoints(int[] runs) {
    this.runs = runs;
  }

  static CodePoints of(int codePoint) {
    return between(codePoint, codePoint);
  }

  /** All from the first to the last, both included. */
  static CodePoints between(int first, int last) {
    return ALL.and(new CodePoints(new int[] {first, last}));
  }

  /** Each character of a text. */
  static CodePoints anyOf(String text) {
    return text.codePoints().mapToObj(CodePoints::of).reduce(NONE, CodePoints::or);
  }

  static CodePoints where(IntPredicate predicate) {
    int[] found = new int[64];
    int n = 0;
    for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
      if ((c < 0xd800 || c > 0xdfff) && predicate.test(c)) {
        int first = c;
        while (c < Character.MAX_CODE_POINT && c + 1 != 0xd800 && predicate.test(c + 1)) {
          c++;
        }
        found = n + 2 > found.length ? Arrays.copyOf(found, 2 * n) : found;
        found[n++] = first;
        found[n++] = c;
      }
    }
    return new CodePoints(Arrays.copyOf(found, n));
  }

  CodePoints or(CodePoints other) {
    return not().and(other.not()).not();
  }

  CodePoints minus(CodePoints other) {
    return and(other.not());
  }

  CodePoints and(CodePoints other) {
    int[] out = new int[runs.length + other.runs.length];
    int n = 0;
    for (int i = 0, j = 0; i < runs.length && j < other.runs.length;) {
      int first = Math.max(runs[i], other.runs[j]);
      int last = Math.min(runs[i + 1], other.runs[j + 1]);
      if (first <= last) {
        out[n++] = first;
        out[n++] = last;
      }
      if (runs[i + 1] < other.runs[j + 1]) {
        i += 2;
      } else {
        j += 2;
      }
    }
    return new CodePoints(Arrays.copyOf(out, n));
  }

  /** All scalar values that are not in it. */
  CodePoints not() {
    int[] gaps = new int[runs.length + 2];
    int n = 0;
    int next = 0;
    for (int i = 0; i < runs.length; i += 2) {
      if (runs[i] > next) {
        gaps[n++] = next;
        gaps[n++] = runs[i] - 1;
      }
      next = runs[i + 1] + 1;
    }
    if (next <= Character.MAX_CODE_POINT) {
      gaps[n++] = next;
      gaps[n++] = Character.MAX_CODE_POINT;
    }
    return new CodePoints(Arrays.copyOf(gaps, n)).and(ALL);
  }

  boolean contains(int codePoint) {
    int at = Arrays.binarySearch(runs, codePoint);
    return at >= 0 || (-at - 1) % 2 == 1;
  }

  boolean isEmpty() {
    return runs.length == 0;
  }

  int size() {
    int size = 0;
    for (int i = 0; i < runs.length; i += 2) {
      size += runs[i + 1] - runs[i] + 1;
    }
    return size;
  }

  /** Number of runs. */
  int count() {
    return runs.length / 2;
  }

  int first(int run) {
    return runs[2 * run];
  }

  int last(int run) {
    return runs[2 * run + 1];
  }
}
