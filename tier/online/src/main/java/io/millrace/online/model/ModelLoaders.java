// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.model;

import io.millrace.core.registry.ArtifactVersion;
import io.millrace.core.spi.Generator;
import io.millrace.core.spi.Guard;
import io.millrace.core.spi.Reader;

import java.nio.file.Path;

/** Opens the models of registry versions; each method gets the version and the directory with its files. */
public interface ModelLoaders {

  /** Opens a span reader. */
  Reader reader(ArtifactVersion version, Path directory) throws Exception;

  /** Opens a language model. */
  Generator decoder(ArtifactVersion version, Path directory) throws Exception;

  /** Opens risk control with a trained classifier. */
  Guard guard(ArtifactVersion version, Path directory) throws Exception;
}
