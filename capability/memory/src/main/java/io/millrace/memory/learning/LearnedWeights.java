// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.learning;

import io.millrace.core.document.Language;
import io.millrace.core.json.Json;
import io.millrace.core.registry.AliasMove;
import io.millrace.core.registry.ArtifactRegistry;
import io.millrace.core.registry.ArtifactVersion;
import io.millrace.core.registry.Staging;
import io.millrace.core.spi.Retriever.Aim;
import io.millrace.memory.FusionWeights;
import io.millrace.memory.Judging;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;

/**
 * The weights in use: the champions of {@code <domain>/ranking-<language>-<aim>} in the registry, else the constants. Searches see what was read last;
 * {@link #refresh()} reads again.
 */
public final class LearnedWeights implements Judging.Weights {

  /** The kind of these artifacts. */
  public static final String KIND = "ranking-weights";

  private static final Logger LOG = LoggerFactory.getLogger(LearnedWeights.class);
  private static final String FILE = "weights.json";

  private final ArtifactRegistry registry;
  private final String domain;
  private final UnaryOperator<FusionWeights> set;
  private final Map<Purpose, Learned> inUse = new ConcurrentHashMap<>();
  private volatile @Nullable String trouble;

  /**
   * Weights that were learned.
   *
   * @param since when they came into use
   */
  public record Learned(FusionWeights weights, ArtifactVersion version, Instant since) {}

  /**
   * Reads the weights in use.
   *
   * @param set what the operator set instead of the settings' constants
   */
  public LearnedWeights(ArtifactRegistry registry, String domain, UnaryOperator<FusionWeights> set) {
    this.registry = registry;
    this.domain = domain;
    this.set = set;
    refresh();
  }

  @Override
  public FusionWeights of(Language language, Aim aim, FusionWeights constants) {
    Learned learned = inUse.get(new Purpose(language, aim));
    return learned == null ? set.apply(constants) : learned.weights();
  }

  /** Returns what is used where nothing was learned. */
  FusionWeights constants(FusionWeights ofSettings) {
    return set.apply(ofSettings);
  }

  /** Returns what was learned and is in use; empty for the constants. */
  public Optional<Learned> learned(Purpose purpose) {
    return Optional.ofNullable(inUse.get(purpose));
  }

  /** Returns what keeps weights from being used that should be; empty when all is well. */
  public Optional<String> trouble() {
    return Optional.ofNullable(trouble);
  }

  /**
   * Looks which weights are to be used. What cannot be read leaves the constants in use, and is told; where it cannot even be seen what is to be used, that
   * which was stays.
   */
  public void refresh() {
    String found = null;
    for (Purpose purpose : Purpose.all()) {
      String name = purpose.artifact(domain);
      Optional<ArtifactVersion> champion;
      try {
        champion = registry.alias(name, ArtifactRegistry.CHAMPION);
      } catch (RuntimeException e) {
        found = "the registry does not say which weights " + name + " are in use, and those that were stay (" + e.getMessage() + ")";
        continue;
      }
      try {
        if (champion.isEmpty()) {
          inUse.remove(purpose);
        } else if (!champion.get().equals(learned(purpose).map(Learned::version).orElse(null))) {
          inUse.put(purpose, read(name, champion.get()));
          LOG.info("{} is what evidence weighs now", champion.get().reference());
        }
      } catch (IOException | RuntimeException e) {
        inUse.remove(purpose);
        found = "the weights " + name + " cannot be read, and the constants are used (" + e.getMessage()
            + "): promote another version, or take the alias away with 'millrace registry retire " + name + " --alias "
            + ArtifactRegistry.CHAMPION + "'";
      }
    }
    if (found != null && !found.equals(trouble)) {
      LOG.warn(found);
    }
    trouble = found;
  }

  private Learned read(String name, ArtifactVersion version) throws IOException {
    Path file = registry.directory(version).resolve(FILE);
    Map<String, Double> byCode = new TreeMap<>();
    Json.tree(Files.readAllBytes(file)).properties().forEach(each -> byCode.put(each.getKey(), each.getValue().asDouble(Double.NaN)));
    List<AliasMove> moves = registry.history(name, ArtifactRegistry.CHAMPION);
    return new Learned(FusionWeights.ofCodes(byCode), version, moves.isEmpty() ? version.createdAt() : moves.getFirst().at());
  }

  /** Returns the latest attempt to learn, whatever became of it; empty where none was made. */
  Optional<ArtifactVersion> latest(Purpose purpose) {
    List<ArtifactVersion> versions = registry.versions(purpose.artifact(domain));
    return versions.isEmpty() ? Optional.empty() : Optional.of(versions.getLast());
  }

  /** Uses a version that was to be used when whoever made it was stopped; does nothing if it ever was in use. */
  void promoted(Purpose purpose, ArtifactVersion version, String reason) {
    String name = purpose.artifact(domain);
    if (registry.history(name, ArtifactRegistry.CHAMPION).stream().noneMatch(move -> move.version() == version.version())) {
      registry.promote(name, ArtifactRegistry.CHAMPION, version.version(), reason);
      refresh();
    }
  }

  /**
   * Keeps weights as a version, and uses them if they are to be.
   *
   * @param inputsHash of what they were learned from
   * @param reason why they are used; null where they are not
   */
  ArtifactVersion publish(
      Purpose purpose,
      FusionWeights weights,
      String inputsHash,
      Map<String, String> settings,
      Map<String, Double> scores,
      @Nullable String reason) {
    String name = purpose.artifact(domain);
    ArtifactVersion version;
    try (Staging staging = registry.stage(name, KIND)) {
      Files.write(staging.directory().resolve(FILE), Json.bytes(weights.codes()));
      version = staging.commit(inputsHash, List.of(), settings, scores);
    } catch (IOException e) {
      throw new UncheckedIOException("the weights " + name + " cannot be kept: " + e.getMessage(), e);
    }
    if (reason != null) {
      registry.promote(name, ArtifactRegistry.CHAMPION, version.version(), reason);
      refresh();
    }
    return version;
  }
}
