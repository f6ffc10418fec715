// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.model;

import io.millrace.core.registry.ArtifactRegistry;
import io.millrace.core.registry.ArtifactVersion;

import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * An artifact as it is served: its champion for everybody, but where a version is on trial, that one for its share of
 * the users. Without a trial nothing of this costs anything.
 *
 * @param <M> what the model does
 */
final class TriedModel<M> implements AutoCloseable {

  private final String name;
  private final CanaryShare share;
  private final FollowedModel<M> champion;
  private final FollowedModel<M> canary;

  TriedModel(String name, CanaryShare share, FollowedModel.Loader<M> loader) {
    this.name = name;
    this.share = share;
    this.champion = new FollowedModel<>(loader);
    this.canary = new FollowedModel<>(loader);
  }

  /** Returns the use of the champion, if there is one. */
  Optional<Lease<M>> take() {
    return champion.take();
  }

  /** Returns the use of the model that a user gets, if there is one. */
  Optional<Lease<M>> take(String user) {
    // Without a champion those outside the trial have none; the version on trial is not everybody's.
    return tried(user).isPresent() ? canary.take().or(champion::take) : champion.take();
  }

  /** Returns the version that a user gets, if there is one. */
  Optional<ArtifactVersion> version(String user) {
    return tried(user).or(champion::version);
  }

  /** Returns the version in use, if there is one. */
  Optional<ArtifactVersion> version() {
    return champion.version();
  }

  /** Returns the version on trial, if there is one. */
  Optional<ArtifactVersion> trial() {
    return canary.version();
  }

  /** Returns what keeps versions from being served. */
  Stream<String> problems() {
    return Stream.of(champion, canary).map(FollowedModel::problem).filter(Objects::nonNull);
  }

  /** Serves what the aliases point to. A version that both point to is simply in use. */
  void follow(ArtifactRegistry registry) {
    Optional<ArtifactVersion> inUse = registry.alias(name, ArtifactRegistry.CHAMPION);
    champion.follow(registry, inUse);
    canary.follow(
        registry,
        registry.alias(name, ArtifactRegistry.CANARY)
            .filter(version -> inUse.isEmpty() || inUse.get().version() != version.version()));
  }

  @Override
  public void close() {
    champion.close();
    canary.close();
  }

  private Optional<ArtifactVersion> tried(String user) {
    return canary.version().filter(version -> share.includes(user, version.reference()));
  }
}
