// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Language;
import io.millrace.core.registry.ArtifactRegistry;
import io.millrace.core.registry.ArtifactVersion;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * A domain's re-rankers in the registry, {@code <domain>/reranker-<language>}: the champion reads, and where there is none, none does.
 * Another champion is taken up while searches go on; those that have begun end with the one that they began with.
 */
public final class RegistryRerankers implements Rerankers, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(RegistryRerankers.class);
  private static final Duration LOOK_EVERY = Duration.ofSeconds(3);

  private final ArtifactRegistry registry;
  private final String domain;
  private final List<Language> languages;
  private final Map<Language, Reranker> open = new ConcurrentHashMap<>();

  /** References of versions that cannot be read, so that this is said once. Guarded by this. */
  private final Map<Language, String> broken = new EnumMap<>(Language.class);

  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("rerankers-", 0).factory());

  /** Takes up the re-rankers of a domain's languages, and looks for others every few seconds. */
  public RegistryRerankers(ArtifactRegistry registry, String domain, List<Language> languages) {
    this.registry = registry;
    this.domain = domain;
    this.languages = List.copyOf(languages);
    refresh();
    timer.scheduleWithFixedDelay(this::refreshQuietly, LOOK_EVERY.toMillis(), LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Returns the name in the registry of a domain's re-rankers for a language. */
  public static String name(String domain, Language language) {
    return domain + "/reranker-" + language.code();
  }

  @Override
  public @Nullable Reranker of(Language language) {
    return open.get(language);
  }

  /** Returns those in use. */
  public Map<Language, Reranker> all() {
    Map<Language, Reranker> all = new EnumMap<>(Language.class);
    all.putAll(open);
    return all;
  }

  private void refreshQuietly() {
    try {
      refresh();
    } catch (RuntimeException e) {
      LOG.warn("the registry cannot be read, the re-rankers in use stay: {}", e.getMessage());
    }
  }

  /** Looks which versions are champions now. */
  public synchronized void refresh() {
    for (Language language : languages) {
      Optional<ArtifactVersion> champion = registry.alias(name(domain, language), ArtifactRegistry.CHAMPION);
      Reranker now = open.get(language);
      if (champion.isEmpty()) {
        if (open.remove(language) != null) {
          LOG.info("no re-ranker reads questions in {} any more", language.code());
        }
      } else if (now == null || !now.model().equals(champion.get().reference())) {
        take(language, champion.get());
      }
    }
  }

  /** One that cannot be read leaves the one before it in use. */
  private void take(Language language, ArtifactVersion version) {
    try {
      Reranker next = TunedReranker.read(version.reference(), registry.directory(version));
      open.put(language, next);
      broken.remove(language);
      LOG.info("{} reads candidates now, with a weight of {}", next.model(), next.weight());
    } catch (IOException | RuntimeException e) {
      if (!version.reference().equals(broken.put(language, version.reference()))) {
        LOG.error(
            "the re-ranker {} cannot be read ({}): promote another version, or go without with 'millrace registry retire {} --alias {}'",
            version.reference(), e.getMessage(), version.name(), ArtifactRegistry.CHAMPION);
      }
    }
  }

  @Override
  public void close() {
    timer.close();
  }
}
