// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.answer;

import io.millrace.core.document.Language;
import io.millrace.core.registry.ArtifactVersion;
import io.millrace.online.model.UserModels;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Decides who answers. Where the client leaves it open, it is the model here whose recorded score on held-out questions
 * is higher in the language of the question, and the upstream before or after it as the settings say.
 */
final class RoutePolicy {

  /** The scores that decide: how often an answer was right and supported, or else how often it was right. */
  private static final List<String> SCORES = List.of("groundedAccuracy", "exactMatch");

  private RoutePolicy() {}

  /**
   * Returns who is asked, one after the other until one has an answer; nobody when no model that could is served to
   * this user.
   */
  static List<Route> ways(Route wanted, UpstreamUse use, Language language, UserModels models) {
    List<Route> ways = new ArrayList<>();
    boolean upstream = models.hasUpstream();
    if (upstream && (wanted == Route.UPSTREAM || (wanted == Route.BEST && use == UpstreamUse.FIRST))) {
      ways.add(Route.UPSTREAM);
    }
    // An upstream that fails is stood in for, also where it was asked by name: the answer says who gave it.
    here(wanted == Route.UPSTREAM ? Route.BEST : wanted, language, models).ifPresent(ways::add);
    if (upstream && wanted == Route.BEST && use == UpstreamUse.FALLBACK) {
      ways.add(Route.UPSTREAM);
    }
    return ways;
  }

  private static Optional<Route> here(Route wanted, Language language, UserModels models) {
    Optional<ArtifactVersion> reader = models.readerVersion(language);
    Optional<ArtifactVersion> decoder = models.decoderVersion();
    if (wanted == Route.READER || (wanted == Route.BEST && decoder.isEmpty())) {
      return reader.map(version -> Route.READER);
    }
    if (wanted == Route.DECODER || reader.isEmpty()) {
      return decoder.map(version -> Route.DECODER);
    }
    return Optional.of(decoderWins(reader.get(), decoder.get(), language) ? Route.DECODER : Route.READER);
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
