// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.http;

import jakarta.servlet.http.HttpServletRequest;

import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;

/** The identity of a request, by which its response, log lines and events are found. */
public final class Trace {

  static final String ATTRIBUTE = "millrace.trace";

  private Trace() {}

  /** Returns a request's trace id: 16 hexadecimal digits. */
  public static String of(HttpServletRequest request) {
    Object trace = request.getAttribute(ATTRIBUTE);
    if (trace instanceof String known) {
      return known;
    }
    String made = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    request.setAttribute(ATTRIBUTE, made);
    return made;
  }
}
