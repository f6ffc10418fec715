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
 */
public record Measured(double value, @Nullable Double low, @Nullable Double high) {

  private static final String LOW = ".low";
  private static final String HIGH = ".high";

  /** Returns the scores of a version by name; the registry keeps the bounds as scores of their own. */
  public static Map<String, Measured> of(ArtifactVersion version) {
    Map<String, Double> scores = version.scores();
    Map<String, Measured> measured = new TreeMap<>();
    scores.forEach((name, value) -> {
      if (!bound(scores, name, LOW) && !bound(scores, name, HIGH)) {
        measured.put(name, new Measured(value, scores.get(name + LOW), scores.get(name + HIGH)));
      }
    });
    return measured;
  }

  private static boolean bound(Map<String, Double> scores, String name, String suffix) {
    return name.endsWith(suffix) && scores.containsKey(name.substring(0, name.length() - suffix.length()));
  }
}
