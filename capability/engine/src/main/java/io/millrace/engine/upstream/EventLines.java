// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.upstream;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes bytes of a stream of server-sent events apart, however they are cut. Only data is of interest here; names, ids
 * and comments are passed over. See https://html.spec.whatwg.org/multipage/server-sent-events.html.
 */
final class EventLines {

  /** No event of a chat completion comes near this. */
  static final int LONGEST = 4 << 20;

  private static final String DATA = "data:";

  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private final StringBuilder data = new StringBuilder();
  private boolean hasData;
  private boolean afterReturn;
  private boolean first = true;

  /**
   * Takes more bytes.
   *
   * @return the data of the events that they complete
   * @throws UpstreamFailure when a single event is too long
   */
  List<String> feed(ByteBuffer bytes) {
    List<String> events = new ArrayList<>();
    while (bytes.hasRemaining()) {
      byte next = bytes.get();
      boolean lineFeedOfReturn = next == '\n' && afterReturn;
      afterReturn = next == '\r';
      if (lineFeedOfReturn) {
        continue;
      }
      if (next == '\n' || next == '\r') {
        endLine(events);
      } else {
        line.write(next);
        if (line.size() + data.length() > LONGEST) {
          throw new UpstreamFailure(
              UpstreamFailure.Kind.BROKEN, "the upstream sends an event of more than " + LONGEST + " bytes");
        }
      }
    }
    return events;
  }

  private void endLine(List<String> events) {
    String text = line.toString(StandardCharsets.UTF_8);
    line.reset();
    if (first && text.startsWith("\uFEFF")) {
      text = text.substring(1);
    }
    first = false;
    if (text.isEmpty()) {
      if (hasData) {
        events.add(data.toString());
      }
      data.setLength(0);
      hasData = false;
    } else if (text.startsWith(DATA)) {
      String value = text.substring(DATA.length());
      data.append(hasData ? "\n" : "").append(value.startsWith(" ") ? value.substring(1) : value);
      hasData = true;
    }
  }
}
