// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.model;

import io.millrace.core.document.Language;
import io.millrace.core.registry.ArtifactVersion;
import io.millrace.core.spi.Generator;
import io.millrace.core.spi.Guard;
import io.millrace.core.spi.Reader;
import org.jspecify.annotations.Nullable;

import java.util.Optional;

/**
 * The models that one user's question gets: champions, or versions on trial with this user. It remembers which version
 * was asked, also where its answer was not good enough to go out. For one question.
 */
public final class UserModels {

  private final ServedModels all;
  private final String user;
  private final Guard guard;
  private final @Nullable ArtifactVersion guardVersion;
  // Models are taken on other threads than the one that asks afterwards.
  private volatile @Nullable ArtifactVersion asked;

  UserModels(ServedModels all, String user, Guard guard, @Nullable ArtifactVersion guardVersion) {
    this.all = all;
    this.user = user;
    this.guard = guard;
    this.guardVersion = guardVersion;
  }

  /** Returns the use of the reader of a language, if one is served. */
  public Optional<Lease<Reader>> reader(Language language) {
    return noted(all.reader(language, user));
  }

  /** Returns the use of the language model, if one is served. */
  public Optional<Lease<Generator>> decoder() {
    return noted(all.decoder(user));
  }

  /** Returns the version of the reader of a language, if one is served. */
  public Optional<ArtifactVersion> readerVersion(Language language) {
    return all.readerVersion(language, user);
  }

  /** Returns the version of the language model, if one is served. */
  public Optional<ArtifactVersion> decoderVersion() {
    return all.decoderVersion(user);
  }

  /** Returns risk control; the same for the whole question although another version may be promoted meanwhile. */
  public Guard guard() {
    return guard;
  }

  /** Returns the version of risk control as {@code name@version}; empty where rules judge alone. */
  public String guardVersion() {
    return guardVersion == null ? "" : guardVersion.reference();
  }

  /** Returns the version that was asked last as {@code name@version}; empty where none was. */
  public String asked() {
    ArtifactVersion version = asked;
    return version == null ? "" : version.reference();
  }

  private <M> Optional<Lease<M>> noted(Optional<Lease<M>> lease) {
    lease.ifPresent(taken -> asked = taken.version());
    return lease;
  }
}
