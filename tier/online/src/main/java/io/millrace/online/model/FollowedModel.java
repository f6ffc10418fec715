// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.model;

import io.millrace.core.registry.ArtifactRegistry;
import io.millrace.core.registry.ArtifactVersion;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * The model behind one alias of an artifact.
 *
 * @param <M> what the model does
 */
final class FollowedModel<M> implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(FollowedModel.class);
  private static final Duration RETRY = Duration.ofSeconds(30);

  /** Opens the model of a version. */
  interface Loader<M> {
    M load(ArtifactVersion version, Path directory) throws Exception;
  }

  private final Loader<M> loader;
  private final Slot<M> slot = new Slot<>();
  // Both confined to the following thread; the message is read by others.
  private int refused;
  private long retryAt;
  private volatile @Nullable String problem;

  FollowedModel(Loader<M> loader) {
    this.loader = loader;
  }

  Optional<Lease<M>> take() {
    return slot.take();
  }

  Optional<ArtifactVersion> version() {
    return slot.version();
  }

  /** Returns why the wanted version is not the model in use, or null when it is. */
  @Nullable String problem() {
    return problem;
  }

  /**
   * Makes a version the model in use. One that cannot be opened leaves the one before it in use.
   *
   * @param alias the version that the alias points to; empty for none
   */
  void follow(ArtifactRegistry registry, Optional<ArtifactVersion> alias) {
    if (alias.isEmpty()) {
      slot.version().ifPresent(version -> {
        LOG.info("{} is not served any more", version.reference());
        slot.close();
      });
      problem = null;
      return;
    }
    ArtifactVersion wanted = alias.get();
    if (slot.version().map(ArtifactVersion::version).filter(v -> v == wanted.version()).isPresent()) {
      problem = null;
      return;
    }
    if (refused == wanted.version() && System.nanoTime() - retryAt < 0) {
      return;
    }
    open(registry, wanted);
  }

  @Override
  public void close() {
    slot.close();
  }

  private void open(ArtifactRegistry registry, ArtifactVersion wanted) {
    long begin = System.nanoTime();
    try {
      M model = loader.load(wanted, registry.directory(wanted));
      slot.replace(model, wanted);
      problem = null;
      refused = 0;
      LOG.info("serving {} (opened in {} ms)", wanted.reference(), (System.nanoTime() - begin) / 1_000_000);
    } catch (Exception | LinkageError e) {
      refused = wanted.version();
      retryAt = System.nanoTime() + RETRY.toNanos();
      problem = wanted.reference() + " cannot be opened: " + e.getMessage()
          + slot.version().map(v -> "; still serving " + v.reference()).orElse("");
      LOG.warn("{}", problem, e);
    }
  }
}
