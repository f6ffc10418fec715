// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.console;

import io.millrace.core.log.DeadLetter;
import io.millrace.core.registry.ArtifactVersion;

import java.util.List;

/** How each part of the gateway is. */
public final class StatusPage {

  /**
   * What the page shows.
   *
   * @param figures at the top
   * @param parts with their health
   * @param models in use
   * @param problems with models, in words
   * @param sources of the content
   * @param letters what could not be processed, latest first
   */
  public record Shown(
      List<Figure> figures,
      List<Part> parts,
      List<ArtifactVersion> models,
      List<String> problems,
      List<Source> sources,
      List<DeadLetter> letters) {}

  /**
   * A figure.
   *
   * @param name of its label
   * @param words whether the value is words rather than a number
   * @param note below it; empty for none
   */
  public record Figure(String name, String value, boolean words, String note) {}

  /**
   * A part's health.
   *
   * @param status as Actuator names it: {@code UP}, {@code DOWN}, {@code DEGRADED}, …
   * @param details in one line; empty for none
   */
  public record Part(String name, String status, String details) {}

  /**
   * A source of content.
   *
   * @param kind {@code javadoc}, {@code pom} or {@code directory}
   * @param name coordinates or a path
   */
  public record Source(String kind, String name) {}
}
