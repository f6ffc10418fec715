// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

/** The loss or the gradient is no longer a number; the weights before that step are unharmed. */
public final class TrainingDivergedException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final long step;

  TrainingDivergedException(String stage, long step, double loss, double gradientNorm, String remedy) {
    super("%s diverged at step %d: loss %s, gradient norm %s. %s".formatted(stage, step, loss, gradientNorm, remedy));
    this.step = step;
  }

  /** The step that could not be taken, from 1. */
  public long step() {
    return step;
  }
}
