// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.model;

import io.millrace.core.document.Language;
import io.millrace.core.registry.ArtifactVersion;
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
  private volatile String asked = "";

  UserModels(ServedModels all, String user, Guard guard, @Nullable ArtifactVersion guardVersion) {
    this.all = all;
    this.user = user;
    this.guard = guard;
    this.guardVersion = guardVersion;
  }

  /** Returns the use of the reader of a language, if one is served. */
  public Optional<Lease<Reader>> reader(Language language) {
    Optional<Lease<Reader>> lease = all.reader(language, user);
    lease.ifPresent(taken -> asked = taken.version().reference());
    return lease;
  }

  /** Returns the use of the language model of this domain, if one is served. */
  public Optional<Pen> decoder() {
    return noted(all.decoder(user).map(Pen::of));
  }

  /** Returns the use of the language model of another server, if one is configured. */
  public Optional<Pen> upstream() {
    return noted(all.upstream().map(Pen::of));
  }

  /** Returns whether another server may be asked. */
  public boolean hasUpstream() {
    return all.upstream().isPresent();
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

  /** Returns what was asked last, as {@code name@version}; empty where nothing was. */
  public String asked() {
    return asked;
  }

  private Optional<Pen> noted(Optional<Pen> pen) {
    pen.ifPresent(taken -> asked = taken.reference());
    return pen;
  }
}
