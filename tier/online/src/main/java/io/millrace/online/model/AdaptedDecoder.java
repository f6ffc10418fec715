// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.model;

import io.millrace.core.registry.ArtifactRegistry;
import io.millrace.core.registry.ArtifactVersion;
import io.millrace.core.spi.ForwardingGenerator;
import io.millrace.engine.DecoderGenerator;
import io.millrace.engine.EngineMetrics;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * A language model with the adapters that are promoted beside it: artifacts {@code <domain>/adapter-NAME}, in the
 * layout of PEFT, by themselves or in a folder {@code adapter} as training writes them. They are put, exchanged and
 * taken away while requests run.
 */
final class AdaptedDecoder extends ForwardingGenerator {

  private static final Logger LOG = LoggerFactory.getLogger(AdaptedDecoder.class);
  private static final String CONFIG = "adapter_config.json";
  private static final String WITHIN_A_RESULT = "adapter";

  private final DecoderGenerator decoder;
  private final Consumer<AdaptedDecoder> onClose;
  // Versions in use by the adapter's name; the following thread's, once the model is served.
  private final Map<String, Integer> inUse = new HashMap<>();
  // Why a version is not in use, by the adapter's name; read by others.
  private final Map<String, Refused> refused = new ConcurrentHashMap<>();

  /** A version that does not fit. */
  private record Refused(int version, String why) {}

  AdaptedDecoder(DecoderGenerator decoder, Consumer<AdaptedDecoder> onClose) {
    super(decoder);
    this.decoder = decoder;
    this.onClose = onClose;
  }

  /**
   * Follows what is promoted.
   *
   * @param prefix that adapters' names in the registry begin with
   */
  void follow(ArtifactRegistry registry, String prefix) {
    Map<String, ArtifactVersion> wanted = new TreeMap<>();
    for (String name : registry.names()) {
      if (name.startsWith(prefix)) {
        registry.alias(name, ArtifactRegistry.CHAMPION).ifPresent(
            version -> wanted.put(name.substring(prefix.length()), version));
      }
    }
    for (String gone : inUse.keySet().stream().filter(name -> !wanted.containsKey(name)).toList()) {
      inUse.remove(gone);
      decoder.removeAdapter(gone);
      LOG.info("{} goes on without the adapter {}", model(), gone);
    }
    refused.keySet().retainAll(wanted.keySet());
    wanted.forEach((name, version) -> put(name, version, registry));
  }

  private void put(String name, ArtifactVersion version, ArtifactRegistry registry) {
    Refused before = refused.get(name);
    if (version.version() == inUse.getOrDefault(name, 0) || (before != null && before.version() == version.version())) {
      return;
    }
    try {
      Path folder = registry.directory(version);
      decoder.putAdapter(name, Files.isRegularFile(folder.resolve(CONFIG)) ? folder : folder.resolve(WITHIN_A_RESULT));
      inUse.put(name, version.version());
      refused.remove(name);
      LOG.info("{} answers with the adapter {} too", model(), version.reference());
    } catch (IOException | RuntimeException e) {
      String why = version.reference() + " cannot be put on " + model() + ": " + e.getMessage();
      refused.put(name, new Refused(version.version(), why));
      LOG.warn("{}", why, e);
    }
  }

  /** Returns why promoted adapters are not in use. */
  Collection<String> problems() {
    return refused.values().stream().map(Refused::why).sorted().toList();
  }

  EngineMetrics metrics() {
    return decoder.metrics();
  }

  @Override
  public void close() {
    onClose.accept(this);
    super.close();
  }
}
