// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.train;

import io.millrace.cli.Steps;
import io.millrace.offline.OfflinePipeline;
import org.jspecify.annotations.Nullable;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** Models of a domain, made by the steps of its pipeline from its own content. */
final class DomainSteps {
  private DomainSteps() {}

  /** Runs what the wanted steps need, then these. */
  static int run(PrintWriter out, @Nullable String domain, List<String> wanted) throws Exception {
    List<String> steps = new ArrayList<>(List.of("fetch", "corpus", "questions"));
    steps.addAll(wanted);
    steps.retainAll(OfflinePipeline.STEPS);
    new Steps(out).run(domain, null, steps);
    return 0;
  }
}
