// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.engine.form.FormState;

/** Holds a sequence to a form; what is written is of the form whenever the answer ends by itself. */
final class FormMask implements TokenMask {
  private final FormState state;

  FormMask(FormState state) {
    this.state = state;
  }

  @Override
  public void mask(float[] logits, int left) {
    state.mask(logits, left);
  }

  @Override
  public void accept(int token) {
    state.accept(token);
  }

  @Override
  public boolean over() {
    return state.finished();
  }
}
