// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import java.nio.charset.StandardCharsets;

/** Reads given texts with forms of the vocabulary of single bytes. */
final class Reading {
  private Reading() {}

  /** Whether a form reads the whole text. */
  static boolean reads(OutputForm form, String text) {
    FormState state = form.start(Integer.MAX_VALUE);
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      int token = 2 + (b & 0xff);
      boolean allowed = (state.allowed(Integer.MAX_VALUE)[token >> 6] >>> token & 1) == 1;
      try {
        state.accept(token);
      } catch (IllegalArgumentException e) {
        if (allowed) {
          throw new AssertionError("allowed, but not accepted: byte " + b + " in " + text, e);
        }
        return false;
      }
      if (!allowed) {
        throw new AssertionError("accepted, but not allowed: byte " + b + " in " + text);
      }
    }
    return state.complete();
  }
}
