// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.engine;

import io.millrace.engine.TokenMask;
import io.millrace.engine.form.FormState;

import java.util.concurrent.atomic.AtomicLong;

/** Holds an answer to a form, and counts what that takes. */
final class TimedMask implements TokenMask {
  private final FormState state;
  // Written by the engine's thread, read by the one that measures.
  private final AtomicLong nanos = new AtomicLong();

  TimedMask(FormState state) {
    this.state = state;
  }

  @Override
  public void mask(float[] logits, int left) {
    long begin = System.nanoTime();
    state.mask(logits, left);
    nanos.addAndGet(System.nanoTime() - begin);
  }

  @Override
  public void accept(int token) {
    long begin = System.nanoTime();
    state.accept(token);
    nanos.addAndGet(System.nanoTime() - begin);
  }

  @Override
  public boolean over() {
    long begin = System.nanoTime();
    boolean over = state.finished();
    nanos.addAndGet(System.nanoTime() - begin);
    return over;
  }

  /** All of it so far. */
  double seconds() {
    return nanos.get() / 1e9;
  }
}
