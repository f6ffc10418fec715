// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a step came to.
 *
 * @param artifact the version it made or found, as {@code name@version}; empty for a step without one
 * @param outcome whether it worked or found an earlier result
 * @param built what there is now, for example {@code 5,659 documents}
 * @param scores as recorded with the version
 * @param notes what people should know: what was skipped, why something is not served
 * @param served whether the version is the champion
 * @param duration this time
 */
public record StepReport(
    String step,
    String artifact,
    Outcome outcome,
    String built,
    Map<String, Double> scores,
    List<String> notes,
    boolean served,
    Duration duration) {

  /** How a step got its result. */
  public enum Outcome {
    BUILT,
    CACHED,
    /** There was nothing to do; {@link StepReport#built} says why. */
    SKIPPED
  }

  public StepReport {
    scores = new TreeMap<>(scores);
    notes = List.copyOf(notes);
  }
}
