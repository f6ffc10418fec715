// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.openai;

import io.millrace.online.http.Fields;
import io.millrace.online.http.Refusal;
import tools.jackson.databind.JsonNode;

import java.util.List;

/** Fields that would change an answer and cannot be honoured: refused rather than passed over. */
public final class Unsupported {

  private Unsupported() {}

  /**
   * Refuses fields that are there, unless their value is the one that changes nothing: null, false, 0, or empty.
   *
   * @param why what to do instead
   */
  public static void refuse(Fields body, String why, List<String> names) {
    for (String name : names) {
      JsonNode value = body.node().get(name);
      boolean off = value == null || value.isNull() || (value.isBoolean() && !value.asBoolean())
          || (value.isNumber() && value.doubleValue() == 0) || (value.isString() && value.asString().isEmpty())
          || (value.isContainer() && value.isEmpty());
      if (!off) {
        throw Refusal.badRequest(body.name(name), body.name(name) + " is not supported here: " + why);
      }
    }
  }
}
