// SPDX-License-Identifier: Apache-2.0
package io.millrace.core;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/** What led to a failure. */
public final class Causes {

  private Causes() {}

  /** Returns the failure, its cause, the cause of that, and so on; each once, also where they go round in a circle. */
  public static List<Throwable> of(Throwable failure) {
    Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    List<Throwable> causes = new ArrayList<>();
    for (Throwable each = failure; each != null && seen.add(each); each = each.getCause()) {
      causes.add(each);
    }
    return causes;
  }

  /** Returns what went wrong first. */
  public static Throwable first(Throwable failure) {
    return of(failure).getLast();
  }
}
