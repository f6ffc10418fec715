// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.model;

import io.millrace.core.registry.ArtifactVersion;
import io.millrace.core.spi.Generator;
import io.millrace.core.spi.Guard;
import io.millrace.core.spi.Reader;

import java.nio.file.Path;
import java.util.List;

/** Opens the models of registry versions; each method gets the version and the directory with its files. */
public interface ModelLoaders {

  /** Opens a span reader. */
  Reader reader(ArtifactVersion version, Path directory) throws Exception;

  /** Opens a language model. */
  Generator decoder(ArtifactVersion version, Path directory) throws Exception;

  /** Follows what belongs to opened models and is promoted by itself. */
  default void follow() {}

  /** Returns why some of that is not in use. */
  default List<String> problems() {
    return List.of();
  }

  /** Opens risk control with a trained classifier. */
  Guard guard(ArtifactVersion version, Path directory) throws Exception;
}
