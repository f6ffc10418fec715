// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.snapshot;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Gives a file that is never written to again a second place: by a hard link, which costs nothing, or else by copying it. */
@FunctionalInterface
interface LinkOrCopy {

  /** On whatever disks the two places are. */
  LinkOrCopy ON_DISK = LinkOrCopy::linkOrCopy;

  /**
   * Makes the file also be there.
   *
   * @throws NoSuchFileException when it was deleted
   */
  void of(Path file, Path also) throws IOException;

  private static void linkOrCopy(Path file, Path also) throws IOException {
    try {
      Files.createLink(also, file);
    } catch (NoSuchFileException | FileAlreadyExistsException e) {
      throw e;
    } catch (UnsupportedOperationException | FileSystemException e) {
      // Another file system, one without links, or one with too many links to this file.
      Files.copy(file, also);
    }
  }
}
