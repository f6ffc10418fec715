// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.answer;

import io.millrace.core.document.Language;
import io.millrace.core.registry.ArtifactVersion;
import io.millrace.online.model.ServedModels;

import java.util.Map;
import java.util.Optional;

/**
 * Decides who answers. Where the client leaves it open, it is the champion whose recorded score on held-out questions
 * is higher in the language of the question; a champion without a score stands behind one with a score.
 */
public final class RoutePolicy {

  /** The score that decides: how often an answer was right and supported by its source. */
  public static final String SCORE = "groundedAccuracy";

  private final ServedModels models;

  public RoutePolicy(ServedModels models) {
    this.models = models;
  }

  /** Returns who answers; empty when no model that could is served. */
  public Optional<Route> choose(Route wanted, Language language) {
    Optional<ArtifactVersion> reader = models.readerVersion(language);
    Optional<ArtifactVersion> decoder = models.decoderVersion();
    return switch (wanted) {
      case READER -> reader.map(version -> Route.READER);
      case DECODER -> decoder.map(version -> Route.DECODER);
      case BEST -> {
        if (reader.isEmpty() || decoder.isEmpty()) {
          yield reader.map(version -> Route.READER).or(() -> decoder.map(version -> Route.DECODER));
        }
        boolean decoderWins = score(decoder.get(), language) > score(reader.get(), language);
        yield Optional.of(decoderWins ? Route.DECODER : Route.READER);
      }
    };
  }

  /** Returns a version's score in a language, or over all languages where it has no such score; -1 for none. */
  public static double score(ArtifactVersion version, Language language) {
    Map<String, Double> scores = version.scores();
    return scores.getOrDefault(SCORE + "." + language.code(), scores.getOrDefault(SCORE, -1.0));
  }
}
