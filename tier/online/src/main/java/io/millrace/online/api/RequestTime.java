// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import io.millrace.core.time.Deadline;
import io.millrace.online.Deadlines;
import io.millrace.online.http.Refusal;
import jakarta.servlet.http.HttpServletRequest;

import java.time.Duration;

/** By when a request must be answered. */
final class RequestTime {

  private static final String HEADER = "X-Millrace-Timeout-Ms";

  private RequestTime() {}

  /** Returns the gateway's deadline, or the client's where that is earlier. */
  static Deadline of(HttpServletRequest request, Deadlines deadlines) {
    String wanted = request.getHeader(HEADER);
    if (wanted == null) {
      return Deadline.after(Duration.ofMillis(deadlines.request()));
    }
    try {
      long millis = Long.parseLong(wanted.strip());
      if (millis > 0) {
        return Deadline.after(Duration.ofMillis(Math.min(millis, deadlines.request())));
      }
    } catch (NumberFormatException e) {
      throw refusal(wanted);
    }
    throw refusal(wanted);
  }

  private static Refusal refusal(String wanted) {
    return Refusal.badRequest(
        HEADER, "the header " + HEADER + " is '" + wanted + "': it must be a positive number of milliseconds");
  }
}
