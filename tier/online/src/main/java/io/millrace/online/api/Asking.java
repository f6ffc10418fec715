// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import io.millrace.core.generation.Service;
import io.millrace.core.time.Deadline;
import io.millrace.online.Deadlines;
import io.millrace.online.http.Fields;
import io.millrace.online.http.JsonBodies;
import io.millrace.online.http.Refusal;
import io.millrace.online.http.Trace;
import io.millrace.online.model.ServedModels;
import io.millrace.online.security.ApiKey.Role;
import io.millrace.online.security.Caller;
import jakarta.servlet.http.HttpServletRequest;

import java.io.IOException;

/**
 * What every request to a model begins with: who asks, what, and by when it must be answered.
 *
 * @param trace ties together everything that happens for it
 * @param user opaque identity of whom it is asked for
 */
record Asking(Caller caller, Deadline deadline, Fields body, String trace, String user) {

  private static final int LEAST_URGENT = 1_000;

  /** Receives a request; callers who may not ask, or have nothing left, are refused before their body is read. */
  static Asking of(HttpServletRequest request, JsonBodies bodies, ServedModels models, Deadlines deadlines)
      throws IOException {
    Caller caller = Caller.of(request);
    caller.require(Role.ASK);
    caller.requireTokens();
    Deadline deadline = RequestTime.of(request, deadlines);
    Fields body = bodies.object(request);
    String named = body.optionalText("user", 128).orElseGet(() -> request.getHeader("X-Millrace-User"));
    return new Asking(caller, deadline, body, Trace.of(request), caller.user(named, models.guard()));
  }

  String model() {
    return body.text("model", 256);
  }

  boolean stream() {
    return body.flag("stream", false);
  }

  /**
   * Returns for whom a model writes. As in vLLM, requests with a lower {@code priority} go first; before others only
   * those of callers who may change the models.
   */
  Service service(String adapter) {
    int priority = body.integer("priority", -LEAST_URGENT, LEAST_URGENT, 0);
    if (priority < 0 && !caller.may(Role.ADMIN)) {
      throw Refusal.badRequest(
          "priority", "priority is " + priority
              + ": to go before others takes a key with the role admin; 0 or more yields to them");
    }
    return new Service(caller.tenant(), -priority, adapter);
  }
}
