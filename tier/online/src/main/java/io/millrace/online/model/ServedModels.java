// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.model;

import io.millrace.core.document.Language;
import io.millrace.core.registry.ArtifactRegistry;
import io.millrace.core.registry.ArtifactVersion;
import io.millrace.core.spi.Generator;
import io.millrace.core.spi.Guard;
import io.millrace.core.spi.Reader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The champions of a domain, in memory. An alias that moves is followed within a second, without a pause in service.
 * Names in the registry: {@code <domain>/reader-<language>}, {@code <domain>/decoder}, {@code <domain>/guard}.
 */
public final class ServedModels implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ServedModels.class);
  private static final Duration PERIOD = Duration.ofMillis(500);

  private final ArtifactRegistry registry;
  private final Guard rulesOnly;
  private final Map<Language, FollowedModel<Reader>> readers = new EnumMap<>(Language.class);
  private final FollowedModel<Generator> decoder;
  private final FollowedModel<Guard> guard;
  private final Thread follower;
  private volatile boolean closed;

  /**
   * Opens the present champions, then follows them.
   *
   * @param rulesOnly risk control for the time in which no classifier is promoted
   */
  public ServedModels(
      ArtifactRegistry registry, String domain, List<Language> languages, ModelLoaders loaders, Guard rulesOnly) {
    this.registry = registry;
    this.rulesOnly = rulesOnly;
    for (Language language : languages) {
      readers.put(language, new FollowedModel<>(domain + "/reader-" + language.code(), loaders::reader));
    }
    this.decoder = new FollowedModel<>(domain + "/decoder", loaders::decoder);
    this.guard = new FollowedModel<>(domain + "/guard", loaders::guard);
    followAll();
    this.follower = Thread.ofPlatform().name("model-follower").daemon().start(this::run);
  }

  /** Returns the use of the reader of a language, if one is served. */
  public Optional<Lease<Reader>> reader(Language language) {
    FollowedModel<Reader> followed = readers.get(language);
    return followed == null ? Optional.empty() : followed.take();
  }

  /** Returns the use of the language model, if one is served. */
  public Optional<Lease<Generator>> decoder() {
    return decoder.take();
  }

  /** Returns risk control: with the promoted classifier where there is one. */
  public Guard guard() {
    // Not leased: it holds no native memory, so a replaced one may be used to the end of the request.
    return guard.take().map(lease -> {
      try (lease) {
        return lease.model();
      }
    }).orElse(rulesOnly);
  }

  /** Returns the version of the reader of a language, if one is served. */
  public Optional<ArtifactVersion> readerVersion(Language language) {
    return Optional.ofNullable(readers.get(language)).flatMap(FollowedModel::version);
  }

  /** Returns the version of the language model, if one is served. */
  public Optional<ArtifactVersion> decoderVersion() {
    return decoder.version();
  }

  /** Returns the versions in use. */
  public List<ArtifactVersion> versions() {
    return all().flatMap(followed -> followed.version().stream()).toList();
  }

  /** Returns what keeps champions from being served; empty when all is well. */
  public List<String> problems() {
    List<String> problems = new ArrayList<>();
    all().map(FollowedModel::problem).filter(Objects::nonNull).forEach(problems::add);
    return problems;
  }

  @Override
  public void close() {
    closed = true;
    follower.interrupt();
    try {
      follower.join(Duration.ofSeconds(30));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    all().forEach(FollowedModel::close);
  }

  private void run() {
    while (!closed) {
      try {
        Thread.sleep(PERIOD);
        followAll();
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException e) {
        LOG.warn("cannot follow the registry for now: {}", e.toString());
      }
    }
  }

  private void followAll() {
    all().forEach(followed -> followed.follow(registry));
  }

  private Stream<FollowedModel<?>> all() {
    return Stream.concat(readers.values().stream(), Stream.of(decoder, guard));
  }
}
