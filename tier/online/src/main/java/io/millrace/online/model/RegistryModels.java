// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.model;

import io.millrace.core.registry.ArtifactRegistry;
import io.millrace.core.registry.ArtifactVersion;
import io.millrace.core.spi.Generator;
import io.millrace.core.spi.Guard;
import io.millrace.core.spi.Reader;
import io.millrace.engine.DecoderGenerator;
import io.millrace.guard.GuardPolicy;
import io.millrace.guard.InjectionClassifier;
import io.millrace.guard.RiskGuard;
import io.millrace.guard.grounding.GroundingScorer;
import io.millrace.train.SpanReader;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Opens models as the offline tier writes them. */
public final class RegistryModels implements ModelLoaders {

  private final GuardPolicy policy;
  private final Watch watch;
  private final ArtifactRegistry registry;
  private final String adapters;
  private final DecoderGenerator.Settings engine;
  private final Set<AdaptedDecoder> decoders = ConcurrentHashMap.newKeySet();

  /**
   * Loaders.
   *
   * @param domain whose adapters the language models get
   * @param engine how language models are run
   */
  public RegistryModels(
      GuardPolicy policy, Watch watch, ArtifactRegistry registry, String domain, DecoderGenerator.Settings engine) {
    this.policy = policy;
    this.watch = watch;
    this.registry = registry;
    this.adapters = domain + "/adapter-";
    this.engine = engine;
  }

  @Override
  public Reader reader(ArtifactVersion version, Path directory) throws IOException {
    return SpanReader.load(directory);
  }

  @Override
  public Generator decoder(ArtifactVersion version, Path directory) throws IOException {
    AdaptedDecoder decoder =
        new AdaptedDecoder(
            DecoderGenerator.open(directory, version.reference(), engine),
            decoders::remove);
    // Before the first request: whoever asks for an adapter shall not notice that the model was exchanged.
    decoder.follow(registry, adapters);
    decoders.add(decoder);
    return watch.over(decoder);
  }

  @Override
  public void follow() {
    decoders.forEach(decoder -> decoder.follow(registry, adapters));
  }

  @Override
  public List<String> problems() {
    return decoders.stream().flatMap(decoder -> decoder.problems().stream()).toList();
  }

  @Override
  public Guard guard(ArtifactVersion version, Path directory) {
    return new RiskGuard(policy, InjectionClassifier.load(directory), GroundingScorer.load(directory));
  }
}
