// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.read;

import io.millrace.formats.draft.Draft;

/** Plain text: one section. */
final class TextReader implements FormatReader {

  @Override
  public void read(FileContent file, Draft draft) {
    file.text(draft).lines().forEach(draft::lines);
  }
}
