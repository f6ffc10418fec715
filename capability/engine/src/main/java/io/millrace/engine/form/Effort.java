// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

/**
 * Counts the work of compiling a form and ends it when it becomes too much: states can grow exponentially with the
 * length of an expression, and whoever asks for a form must not be able to stop the engine with it.
 */
final class Effort {
  /** States and transitions; about a second of work. */
  private static final long MOST = 15_000_000;
  /** States of one automaton. */
  static final int MOST_STATES = 40_000;

  private long spent;

  /** Work is done. */
  void spend(long work) {
    spent += work;
    if (spent > MOST) {
      throw new TooLarge("it takes too much work to compile");
    }
  }

  /** An automaton has grown to so many states. */
  void states(int states) {
    if (states > MOST_STATES) {
      throw new TooLarge("it needs more than " + MOST_STATES + " states");
    }
  }

  /** A form that would take too long; the front ends add which part of it. */
  static final class TooLarge extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    TooLarge(String message) {
      super(message);
    }
  }
}
