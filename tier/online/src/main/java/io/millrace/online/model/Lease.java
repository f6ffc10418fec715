// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.model;

import io.millrace.core.registry.ArtifactVersion;

/**
 * The use of a model by one request. The model stays in memory until the lease is closed, whatever the alias does.
 *
 * @param <M> what the model does
 */
public final class Lease<M> implements AutoCloseable {

  private final M model;
  private final ArtifactVersion version;
  private final Runnable release;
  // Confined to the request's thread.
  private boolean closed;

  Lease(M model, ArtifactVersion version, Runnable release) {
    this.model = model;
    this.version = version;
    this.release = release;
  }

  /** Returns the model. */
  public M model() {
    return model;
  }

  /** Returns its version in the registry. */
  public ArtifactVersion version() {
    return version;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      release.run();
    }
  }
}
