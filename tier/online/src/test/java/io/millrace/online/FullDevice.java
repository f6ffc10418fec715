// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The device of Linux that has no space for anything that is written to it, in place of a file. */
final class FullDevice {

  private static final Path DEVICE = Path.of("/dev/full");

  private FullDevice() {}

  static boolean isThere() {
    return Files.exists(DEVICE);
  }

  /** Puts it in a file's place; where there is no such device a folder, which takes as little. */
  static void takesThePlaceOf(Path file) throws IOException {
    if (isThere()) {
      Files.createSymbolicLink(file, DEVICE);
    } else {
      Files.createDirectory(file);
    }
  }
}
