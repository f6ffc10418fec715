// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli;

import io.millrace.core.registry.ArtifactRegistry;
import io.millrace.core.registry.ArtifactVersion;
import org.jspecify.annotations.Nullable;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A decoder that a command was given: a Hugging Face folder, or {@code name} or {@code name@version} in a domain's
 * registry, where the champion is meant without a version.
 *
 * @param folder with its {@code config.json}
 * @param references the versions of the registry that it is, as far as that is known
 */
public record ModelArgument(Path folder, List<String> references) {

  /**
   * Finds it.
   *
   * @param domain whose registry is looked into; null for the usual one
   * @throws IllegalArgumentException when it is neither, listing what there is
   */
  public static ModelArgument of(String model, @Nullable String domain) {
    Path folder = Path.of(model);
    return Files.isDirectory(folder) ? new ModelArgument(required(folder), List.of()) : registered(model, domain);
  }

  private static ModelArgument registered(String model, @Nullable String domain) {
    ArtifactRegistry registry = Place.of(domain).registry();
    int at = model.lastIndexOf('@');
    String name = at < 0 ? model : model.substring(0, at);
    ArtifactVersion version =
        (at < 0 ? registry.alias(name, ArtifactRegistry.CHAMPION) : registry.version(name, number(model, at + 1)))
            .orElseThrow(() -> new IllegalArgumentException(
                "'" + model + "' is neither a folder nor " + (at < 0 ? "an artifact in use" : "a version") + " in the registry, which has: "
                    + String.join(", ", registry.names())));
    return new ModelArgument(required(registry.directory(version)), List.of(version.reference()));
  }

  private static Path required(Path folder) {
    if (!Files.isRegularFile(folder.resolve("config.json"))) {
      throw new IllegalArgumentException(folder + " has no config.json: give the folder of a decoder");
    }
    return folder;
  }

  private static int number(String model, int at) {
    try {
      return Integer.parseInt(model.substring(at));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("'" + model + "': the version after @ must be a number", e);
    }
  }
}
