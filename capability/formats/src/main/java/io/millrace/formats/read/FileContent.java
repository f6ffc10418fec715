// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.read;

import io.millrace.formats.draft.Draft;
import io.millrace.formats.text.Decoded;
import org.jspecify.annotations.Nullable;

/**
 * A file in memory.
 *
 * @param name with its extension, without folders
 */
record FileContent(String name, byte[] bytes) {

  /** Returns its text, and notes in the draft where it was not plain UTF-8. */
  String text(Draft draft) {
    return text(draft, null);
  }

  /** Returns its text in the encoding that it declares, if that is one. */
  String text(Draft draft, @Nullable String declared) {
    Decoded decoded = Decoded.of(bytes, declared);
    if (!decoded.encoding().equals("UTF-8")) {
      draft.attribute("encoding", decoded.encoding());
    }
    if (decoded.replaced() > 0) {
      draft.attribute("encoding", decoded.encoding());
      draft.attribute("replacedCharacters", Integer.toString(decoded.replaced()));
    }
    return decoded.text();
  }

  /** Returns whether it begins with some bytes. */
  boolean startsWith(int... magic) {
    if (bytes.length < magic.length) {
      return false;
    }
    for (int i = 0; i < magic.length; i++) {
      if ((bytes[i] & 0xFF) != magic[i]) {
        return false;
      }
    }
    return true;
  }
}
