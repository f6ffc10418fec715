// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.registry;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * An immutable version of an artifact: what it is made of, what it was made from, and how good it is.
 *
 * @param name for example {@code java-docs/decoder}
 * @param kind for example {@code corpus}, {@code tokenizer}, {@code decoder}, {@code reader}
 * @param version from 1
 * @param inputsHash hash of everything that went in: same inputs, same hash; finds earlier work again
 * @param inputs the versions that it was made from, as {@code name@version}
 * @param settings that it was made with
 * @param scores what was measured before it was committed
 * @param files by relative path
 * @param createdAt when it was committed
 */
public record ArtifactVersion(
    String name,
    String kind,
    int version,
    String inputsHash,
    List<String> inputs,
    Map<String, String> settings,
    Map<String, Double> scores,
    Map<String, FileSum> files,
    Instant createdAt) {

  /**
   * Size and checksum of a file.
   *
   * @param bytes size
   * @param sha256 in hexadecimal
   */
  public record FileSum(long bytes, String sha256) {}

  public ArtifactVersion {
    inputs = List.copyOf(inputs);
    settings = new TreeMap<>(settings);
    scores = new TreeMap<>(scores);
    files = new TreeMap<>(files);
  }

  /** Returns {@code name@version}, by which other versions refer to this one. */
  public String reference() {
    return name + "@" + version;
  }
}
