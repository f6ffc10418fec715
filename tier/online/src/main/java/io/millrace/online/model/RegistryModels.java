// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.model;

import io.millrace.core.registry.ArtifactVersion;
import io.millrace.core.spi.Generator;
import io.millrace.core.spi.Guard;
import io.millrace.core.spi.Reader;
import io.millrace.engine.DecoderGenerator;
import io.millrace.guard.GuardPolicy;
import io.millrace.guard.InjectionClassifier;
import io.millrace.guard.RiskGuard;
import io.millrace.train.SpanReader;

import java.io.IOException;
import java.nio.file.Path;

/** Opens models as the offline tier writes them. */
public final class RegistryModels implements ModelLoaders {

  private final GuardPolicy policy;
  private final Watch watch;

  public RegistryModels(GuardPolicy policy, Watch watch) {
    this.policy = policy;
    this.watch = watch;
  }

  @Override
  public Reader reader(ArtifactVersion version, Path directory) throws IOException {
    return SpanReader.load(directory);
  }

  @Override
  public Generator decoder(ArtifactVersion version, Path directory) throws IOException {
    return watch.over(DecoderGenerator.open(directory, version.reference(), DecoderGenerator.Settings.standard()));
  }

  @Override
  public Guard guard(ArtifactVersion version, Path directory) {
    return new RiskGuard(policy, InjectionClassifier.load(directory));
  }
}
