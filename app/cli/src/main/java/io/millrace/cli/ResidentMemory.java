// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** How much memory this process took, heap and native together. */
final class ResidentMemory {

  private ResidentMemory() {}

  /** Returns the peak so far, for people; {@code an unknown amount} where the system does not tell. */
  static String peak() {
    Path status = Path.of("/proc/self/status");
    if (Files.isReadable(status)) {
      try {
        for (String line : Files.readAllLines(status)) {
          if (line.startsWith("VmHWM:")) {
            long kilobytes = Long.parseLong(line.replaceAll("\\D", ""));
            return String.format(Locale.ROOT, "%.1f GB", kilobytes / 1e6);
          }
        }
      } catch (IOException e) {
        return "an unknown amount (" + e.getMessage() + ")";
      }
    }
    return "an unknown amount";
  }
}
