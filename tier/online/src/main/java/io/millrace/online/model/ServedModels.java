// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.model;

import io.millrace.core.document.Language;
import io.millrace.core.registry.ArtifactRegistry;
import io.millrace.core.registry.ArtifactVersion;
import io.millrace.core.spi.Generator;
import io.millrace.core.spi.Guard;
import io.millrace.core.spi.Reader;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The champions of a domain, in memory, and the versions on trial beside them. An alias that moves is followed within
 * a second, without a pause in service.
 * Names in the registry: {@code <domain>/reader-<language>}, {@code <domain>/decoder}, {@code <domain>/guard}, and
 * {@code <domain>/adapter-<name>} for adapters of the decoder.
 */
public final class ServedModels implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ServedModels.class);
  private static final Duration PERIOD = Duration.ofMillis(500);

  private final ArtifactRegistry registry;
  private final ModelLoaders loaders;
  private final Guard rulesOnly;
  private final @Nullable Generator upstream;
  private final Map<Language, TriedModel<Reader>> readers = new EnumMap<>(Language.class);
  private final TriedModel<Generator> decoder;
  private final TriedModel<Guard> guard;
  private final Thread follower;
  private volatile boolean closed;

  /**
   * Opens what the aliases point to, then follows them.
   *
   * @param share of the users with whom versions are tried
   * @param rulesOnly risk control for the time in which no classifier is promoted
   * @param upstream the language model of another server, which is closed with the rest; null for none
   */
  public ServedModels(
      ArtifactRegistry registry,
      String domain,
      List<Language> languages,
      CanaryShare share,
      ModelLoaders loaders,
      Guard rulesOnly,
      @Nullable Generator upstream) {
    this.registry = registry;
    this.loaders = loaders;
    this.rulesOnly = rulesOnly;
    this.upstream = upstream;
    for (Language language : languages) {
      readers.put(language, new TriedModel<>(domain + "/reader-" + language.code(), share, loaders::reader));
    }
    this.decoder = new TriedModel<>(domain + "/decoder", share, loaders::decoder);
    this.guard = new TriedModel<>(domain + "/guard", share, loaders::guard);
    followAll();
    this.follower = Thread.ofPlatform().name("model-follower").daemon().start(this::run);
  }

  /** Returns the models that a user's question gets. */
  public UserModels of(String user) {
    Optional<Lease<Guard>> lease = guard.take(user);
    return new UserModels(
        this, user, lease.map(ServedModels::lent).orElse(rulesOnly), lease.map(Lease::version).orElse(null));
  }

  /** Returns risk control for what is no user's question: with the promoted classifier where there is one. */
  public Guard guard() {
    return guard.take().map(ServedModels::lent).orElse(rulesOnly);
  }

  /** Not leased: it holds no native memory, so a replaced one may be used to the end of the request. */
  private static Guard lent(Lease<Guard> lease) {
    try (lease) {
      return lease.model();
    }
  }

  Optional<Lease<Reader>> reader(Language language, String user) {
    TriedModel<Reader> tried = readers.get(language);
    return tried == null ? Optional.empty() : tried.take(user);
  }

  Optional<Lease<Generator>> decoder(String user) {
    return decoder.take(user);
  }

  /** Returns the language model of another server, if one is configured. */
  public Optional<Generator> upstream() {
    return Optional.ofNullable(upstream);
  }

  Optional<ArtifactVersion> readerVersion(Language language, String user) {
    return Optional.ofNullable(readers.get(language)).flatMap(tried -> tried.version(user));
  }

  Optional<ArtifactVersion> decoderVersion(String user) {
    return decoder.version(user);
  }

  /** Returns the versions in use. */
  public List<ArtifactVersion> versions() {
    return all().flatMap(tried -> tried.version().stream()).toList();
  }

  /** Returns the versions on trial. */
  public List<ArtifactVersion> trials() {
    return all().flatMap(tried -> tried.trial().stream()).toList();
  }

  /** Returns what keeps promoted versions from being served; empty when all is well. */
  public List<String> problems() {
    return Stream.concat(all().flatMap(TriedModel::problems), loaders.problems().stream()).toList();
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
    all().forEach(TriedModel::close);
    upstream().ifPresent(Generator::close);
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
    all().forEach(tried -> tried.follow(registry));
    loaders.follow();
  }

  private Stream<TriedModel<?>> all() {
    return Stream.concat(readers.values().stream(), Stream.of(decoder, guard));
  }
}
