// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.sandbox;

import java.io.BufferedReader;
import java.io.IOException;

/** The last line of weight that a process wrote to its error output; everything is read, so that it never waits for a reader. */
final class LastWords {

  private static final int LONGEST = 300;

  private volatile String line = "";

  LastWords(Process process) {
    Thread.ofPlatform().daemon().name("file-worker-errors").start(() -> follow(process));
  }

  /** Returns the line; empty for none. */
  String line() {
    return line;
  }

  private void follow(Process process) {
    try (BufferedReader reader = process.errorReader()) {
      for (String next = reader.readLine(); next != null; next = reader.readLine()) {
        // Indented lines are places in a trace; log4j complains about having nothing to log to.
        if (!next.isBlank() && !Character.isWhitespace(next.charAt(0)) && !next.contains("StatusLogger")) {
          line = next.length() <= LONGEST ? next : next.substring(0, LONGEST) + "…";
        }
      }
    } catch (IOException e) {
      line = line.isEmpty() ? "its error output broke off" : line;
    }
  }
}
