// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.read;

import io.millrace.formats.draft.Draft;
import io.millrace.formats.draft.UnreadableFile;

import java.io.IOException;

/** Reads files of one format. */
interface FormatReader {

  /**
   * Reads a file into a draft.
   *
   * @throws UnreadableFile when it is not what it seems to be
   * @throws IOException when its structure is broken
   */
  void read(FileContent file, Draft draft) throws IOException, UnreadableFile;
}
