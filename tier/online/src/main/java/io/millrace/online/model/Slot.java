// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.model;

import io.millrace.core.registry.ArtifactVersion;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A place for a model that can be replaced while it is used. Requests in flight finish on the model that they began
 * with; the last one of them to leave frees its memory.
 *
 * @param <M> what the model does
 */
final class Slot<M> implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Slot.class);

  private final AtomicReference<@Nullable Held<M>> current = new AtomicReference<>();

  /** Returns the use of the present model, if there is one. */
  Optional<Lease<M>> take() {
    while (true) {
      Held<M> held = current.get();
      if (held == null) {
        return Optional.empty();
      }
      if (held.enter()) {
        return Optional.of(new Lease<>(held.model, held.version, held::leave));
      }
      // It was replaced and freed between the two lines: the next round sees its successor.
    }
  }

  /** Returns the version of the present model, if there is one. */
  Optional<ArtifactVersion> version() {
    Held<M> held = current.get();
    return held == null ? Optional.empty() : Optional.of(held.version);
  }

  /** Puts a model in place of the present one, which is freed as soon as nobody uses it. */
  void replace(M model, ArtifactVersion version) {
    swap(new Held<>(model, version));
  }

  /** Takes over the model of another slot, which is empty afterwards; the one before it here is freed. */
  void take(Slot<M> other) {
    Held<M> held = other.current.getAndSet(null);
    if (held != null) {
      swap(held);
    }
  }

  /** Takes the present model away. */
  @Override
  public void close() {
    swap(null);
  }

  private void swap(@Nullable Held<M> next) {
    Held<M> before = current.getAndSet(next);
    if (before != null) {
      before.leave();
    }
  }

  /** A model and how many hold it; the slot itself counts as one. */
  private static final class Held<M> {

    private final M model;
    private final ArtifactVersion version;
    private final AtomicInteger holders = new AtomicInteger(1);

    Held(M model, ArtifactVersion version) {
      this.model = model;
      this.version = version;
    }

    boolean enter() {
      return holders.updateAndGet(n -> n == 0 ? 0 : n + 1) > 0;
    }

    void leave() {
      if (holders.decrementAndGet() == 0 && model instanceof AutoCloseable closeable) {
        try {
          closeable.close();
          LOG.debug("freed {}", version.reference());
        } catch (Exception e) {
          LOG.warn("freeing {} failed: {}", version.reference(), e.toString());
        }
      }
    }
  }
}
