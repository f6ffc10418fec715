// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.console;

import io.millrace.core.registry.ArtifactVersion;
import org.jspecify.annotations.Nullable;

import java.util.Map;
import java.util.TreeMap;

/**
 * A score as people read it: the value with the interval that it lies in.
 *
 * @param low lower bound of the interval; null if none was computed
 * @param high upper bound; null if none was computed
 * @param parent the same of the model that a compressed one was made from; null for others
 */
public record Measured(double value, @Nullable Double low, @Nullable Double high, @Nullable Double parent) {

  private static final String LOW = ".low";
  private static final String HIGH = ".high";
  private static final String PARENT = ".parent";

  /** Returns the scores of a version by name; the registry keeps bounds and the parent's as scores of their own. */
  public static Map<String, Measured> of(ArtifactVersion version) {
    Map<String, Double> scores = version.scores();
    Map<String, Measured> measured = new TreeMap<>();
    scores.forEach((name, value) -> {
      if (!bound(scores, name, LOW) && !bound(scores, name, HIGH) && !bound(scores, name, PARENT)) {
        measured.put(
            name, new Measured(value, scores.get(name + LOW), scores.get(name + HIGH), scores.get(name + PARENT)));
      }
    });
    return measured;
  }

  private static boolean bound(Map<String, Double> scores, String name, String suffix) {
    return name.endsWith(suffix) && scores.containsKey(name.substring(0, name.length() - suffix.length()));
  }
}
