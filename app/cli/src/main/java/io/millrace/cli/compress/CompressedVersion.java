// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.compress;

import io.millrace.cli.ModelArgument;
import io.millrace.cli.Place;
import io.millrace.core.registry.ArtifactRegistry;
import io.millrace.core.registry.Staging;
import io.millrace.offline.compress.SideBySide;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.stream.Stream;

/** A compressed model in a domain's registry. */
final class CompressedVersion {
  /** Where a model folder has the small model that guesses what it will write. */
  static final String DRAFT = "draft";

  private final ArtifactRegistry registry;
  private final String name;

  private CompressedVersion(ArtifactRegistry registry, String name) {
    this.registry = registry;
    this.name = name;
  }

  /**
   * Where a version will be kept.
   *
   * @throws IllegalArgumentException when the name cannot be
   */
  static CompressedVersion in(@Nullable String domain, String name) {
    Place place = Place.of(domain);
    ArtifactRegistry registry = place.registry();
    String full = name.contains("/") ? name : place.pack().name() + "/" + name;
    registry.versions(full); // refuses names that cannot be
    return new CompressedVersion(registry, full);
  }

  /** Keeps the folder as the next version, with what was measured; returns its reference. */
  String keep(Path folder, ModelArgument parent, Map<String, String> settings, SideBySide measured) throws IOException {
    try (Staging staging = registry.stage(name, "decoder")) {
      copy(folder, staging.directory());
      Path draft = folder.resolve(DRAFT);
      if (Files.isDirectory(draft)) {
        copy(draft, Files.createDirectory(staging.directory().resolve(DRAFT)));
      }
      return staging.commit(hash(settings.toString()), parent.references(), settings, measured.scores()).reference();
    }
  }

  /** Copies a folder's files, not what is in folders within. */
  static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, to.resolve(file.getFileName().toString()));
      }
    }
  }

  private static String hash(String text) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JDK lacks SHA-256", e);
    }
  }
}
