// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.log;

/** The log could not be reached or refused a record; nothing was acknowledged, so the caller may try again. */
public final class EventLogUnavailable extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public EventLogUnavailable(String message) {
    super(message);
  }

  public EventLogUnavailable(String message, Throwable cause) {
    super(message, cause);
  }
}
