// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.openai;

import io.millrace.online.http.Fields;
import io.millrace.online.http.Refusal;
import tools.jackson.databind.JsonNode;

import java.util.List;

/** Texts that end an answer. */
public final class StopField {

  private static final int MOST = 4;
  private static final int LONGEST = 256;

  private StopField() {}

  /** Reads one text or a list of them. */
  public static List<String> of(Fields body) {
    JsonNode stop = body.node().get("stop");
    if (stop == null || stop.isNull()) {
      return List.of();
    }
    List<String> stops =
        stop.isArray() ? body.texts("stop", MOST, LONGEST) : List.of(Fields.text(stop, "stop", LONGEST));
    if (stops.stream().anyMatch(String::isEmpty)) {
      throw Refusal.badRequest("stop", "stop holds an empty text");
    }
    return stops;
  }
}
