// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli;

import io.millrace.offline.OfflinePipeline;
import io.millrace.offline.OfflineReport;
import io.millrace.offline.OfflineSettings;
import org.jspecify.annotations.Nullable;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;

/** Runs some steps of the offline pipeline and shows what they came to. */
public final class Steps {

  private final PrintWriter out;

  /** Steps that are shown there. */
  public Steps(PrintWriter out) {
    this.out = out;
  }

  /** Runs the steps of that domain. */
  public void run(@Nullable String domain, @Nullable Path pom, List<String> steps) throws Exception {
    Place place = pom == null ? Place.of(domain) : Place.of(domain).forProject(pom);
    place.logToFile();
    OfflineSettings settings = place.offline(pom).withSteps(steps);
    TerminalProgress progress = new TerminalProgress(out);
    try (Stop stop = Stop.listen();
        Mill mill = Mill.open(place)) {
      OfflineReport report = OfflinePipeline.run(settings, mill.registry(), mill.log(), progress, stop);
      progress.endLine();
      out.println();
      out.print(report.table());
      out.flush();
    } catch (CancellationException e) {
      progress.endLine();
      throw new InterruptedException(e.getMessage());
    }
  }
}
