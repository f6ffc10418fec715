// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.answer;

import io.millrace.core.document.Language;
import io.millrace.core.registry.ArtifactVersion;
import io.millrace.online.model.UserModels;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Decides who answers. Where the client leaves it open, it is the model whose recorded score on held-out questions
 * is higher in the language of the question.
 */
final class RoutePolicy {

  /** The scores that decide: how often an answer was right and supported, or else how often it was right. */
  private static final List<String> SCORES = List.of("groundedAccuracy", "exactMatch");

  private RoutePolicy() {}

  /** Returns who answers; empty when no model that could is served to this user. */
  static Optional<Route> choose(Route wanted, Language language, UserModels models) {
    Optional<ArtifactVersion> reader = models.readerVersion(language);
    Optional<ArtifactVersion> decoder = models.decoderVersion();
    return switch (wanted) {
      case READER -> reader.map(version -> Route.READER);
      case DECODER -> decoder.map(version -> Route.DECODER);
      case BEST -> {
        if (reader.isEmpty() || decoder.isEmpty()) {
          yield reader.map(version -> Route.READER).or(() -> decoder.map(version -> Route.DECODER));
        }
        boolean decoderWins = decoderWins(reader.get(), decoder.get(), language);
        yield Optional.of(decoderWins ? Route.DECODER : Route.READER);
      }
    };
  }

  /** Compares by the first score that both have; without one, the reader answers: what it says is in the sources. */
  private static boolean decoderWins(ArtifactVersion reader, ArtifactVersion decoder, Language language) {
    for (String name : SCORES) {
      OptionalDouble ofReader = score(reader, name, language);
      OptionalDouble ofDecoder = score(decoder, name, language);
      if (ofReader.isPresent() && ofDecoder.isPresent()) {
        return ofDecoder.getAsDouble() > ofReader.getAsDouble();
      }
    }
    return false;
  }

  /** Returns a version's score in a language, or over all languages where it has none of its own. */
  private static OptionalDouble score(ArtifactVersion version, String name, Language language) {
    Double score = version.scores().get(name + "." + language.code());
    Double any = score == null ? version.scores().get(name) : score;
    return any == null ? OptionalDouble.empty() : OptionalDouble.of(any);
  }
}
