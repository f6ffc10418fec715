// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.registry;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A version in the making. Closing it without a commit throws its files away. */
public interface Staging extends AutoCloseable {

  /** Returns the directory to write files into. */
  Path directory();

  /**
   * Makes everything in the directory durable and visible as the next version.
   *
   * @param inputsHash see {@link ArtifactVersion#inputsHash()}
   * @param inputs versions it was made from, as {@code name@version}
   */
  ArtifactVersion commit(
      String inputsHash, List<String> inputs, Map<String, String> settings, Map<String, Double> scores);

  @Override
  void close();
}
