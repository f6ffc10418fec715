// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.registry;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Keeps immutable versions of artifacts and the aliases that say which ones are in use. A version appears whole or
 * not at all; an alias moves atomically. Several processes may use one registry at once. The contract is tested by
 * {@code ArtifactRegistryContract}.
 */
public interface ArtifactRegistry {

  /** The alias of what users get. */
  String CHAMPION = "champion";

  /** The alias of what a small share of the users gets, on trial. */
  String CANARY = "canary";

  /**
   * Begins a new version: files are written into {@link Staging#directory()}, then committed.
   *
   * @param name lower-case letters, digits and hyphens, in parts separated by {@code /}
   */
  Staging stage(String name, String kind);

  /** Returns the names of all artifacts that have a version, sorted. */
  List<String> names();

  /** Returns all versions, oldest first. */
  List<ArtifactVersion> versions(String name);

  /** Returns a version by number. */
  Optional<ArtifactVersion> version(String name, int version);

  /** Returns the latest version that was made from the same inputs. */
  Optional<ArtifactVersion> findByInputs(String name, String inputsHash);

  /** Returns the version that an alias points to. */
  Optional<ArtifactVersion> alias(String name, String alias);

  /**
   * Points an alias at a version.
   *
   * @param reason kept in the alias's history, for the person who asks why
   * @throws IllegalArgumentException when there is no such version
   */
  void promote(String name, String alias, int version, String reason);

  /** Takes an alias away. */
  void retire(String name, String alias, String reason);

  /**
   * Points an alias back at the version it pointed to before.
   *
   * @return the version it points to now
   * @throws IllegalStateException when there is no earlier one
   */
  ArtifactVersion rollback(String name, String alias, String reason);

  /** Returns where an alias has pointed, latest first. */
  List<AliasMove> history(String name, String alias);

  /** Returns a local directory with the version's files; it must not be written to. */
  Path directory(ArtifactVersion version);

  /**
   * Compares every file with its checksum.
   *
   * @return what is wrong, a line a file; empty when all is well
   */
  List<String> verify(ArtifactVersion version);

  /** Returns the notices of training runs that are under way or ended lately. */
  RunBoard runs();
}
