// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Language;
import org.jspecify.annotations.Nullable;

/** The re-rankers in use; another one may be given for each search. */
@FunctionalInterface
public interface Rerankers {

  /** No language has one. */
  Rerankers NONE = _ -> null;

  /** Returns the one for questions in a language, null where there is none. */
  @Nullable Reranker of(Language language);
}
