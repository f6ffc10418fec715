// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import java.util.List;

/**
 * Watches streamed text for the texts that end it; what may be the beginning of one is held back.
 *
 * <p>For one thread.
 */
final class StopTexts {
  private final List<String> stops;
  private final StringBuilder held = new StringBuilder();
  private boolean stopped;

  StopTexts(List<String> stops) {
    this.stops = stops.stream().filter(s -> !s.isEmpty()).toList();
  }

  /** Takes a piece and returns what can be shown by now; after a stop text nothing more comes. */
  String next(String piece) {
    if (stopped) {
      return "";
    }
    held.append(piece);
    int stop = -1;
    for (String s : stops) {
      int at = held.indexOf(s);
      if (at >= 0 && (stop < 0 || at < stop)) {
        stop = at;
      }
    }
    stopped = stop >= 0;
    String shown = held.substring(0, stopped ? stop : held.length() - longestBeginning());
    held.delete(0, stopped ? held.length() : shown.length());
    return shown;
  }

  /** Returns what was held back, now that nothing follows. */
  String end() {
    String rest = held.toString();
    held.setLength(0);
    return rest;
  }

  boolean stopped() {
    return stopped;
  }

  /** Length of the longest end of the held text with which a stop text begins. */
  private int longestBeginning() {
    int longest = 0;
    for (String s : stops) {
      for (int n = Math.min(s.length() - 1, held.length()); n > longest; n--) {
        if (s.startsWith(held.substring(held.length() - n))) {
          longest = n;
        }
      }
    }
    return longest;
  }
}
