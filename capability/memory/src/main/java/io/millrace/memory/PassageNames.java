// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Passage;

import java.util.Set;

/** The names by which passages are found, for indexes elsewhere; see {@link Names}. */
public final class PassageNames {
  private PassageNames() {}

  /** Returns the terms under which a passage's document is known. */
  public static Set<String> ofDocument(Passage passage) {
    return Names.ofDocument(passage);
  }

  /** Returns the terms under which a passage's section is known, where it is another name than its document's. */
  public static Set<String> ofSection(Passage passage) {
    return Names.ofSection(passage);
  }
}
