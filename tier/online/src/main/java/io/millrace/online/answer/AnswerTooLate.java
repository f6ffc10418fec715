// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.answer;

/** The deadline passed before anything could be said. */
public final class AnswerTooLate extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public AnswerTooLate(String message) {
    super(message);
  }
}
