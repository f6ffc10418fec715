// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.snapshot;

import io.millrace.core.document.Language;
import io.millrace.core.registry.ArtifactRegistry;
import io.millrace.core.settings.DomainPack;
import io.millrace.core.settings.VectorPrecision;
import io.millrace.memory.DocumentView;
import io.millrace.memory.EmbedderChoice;
import io.millrace.memory.PassageIndex;
import io.millrace.memory.RegistryEmbedders;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiPredicate;

/**
 * What a memory and a snapshot must have in common for the one to be restored from the other.
 *
 * @param domain whose memory it is
 * @param languages codes of the languages that are embedded
 * @param known whether the embedding model of a language code and a name is there
 * @param precision of embeddings in the graph
 */
public record MemoryKind(String domain, Set<String> languages, BiPredicate<String, String> known, VectorPrecision precision) {

  public MemoryKind {
    languages = Set.copyOf(languages);
  }

  /** Returns the kind of memory that a domain has, with the pretrained models and those in a registry. */
  public static MemoryKind of(DomainPack domain, ArtifactRegistry registry) {
    EmbedderChoice models =
        new RegistryEmbedders(registry, domain.name(), domain.spoken());
    return new MemoryKind(
        domain.name(),
        Set.copyOf(domain.languages()),
        (language, id) -> models.find(Language.ofCode(language), id).isPresent(),
        domain.budgets().memory().vectors());
  }

  /** Returns the kind of memory that has these embedding models and no others, by language code. */
  public static MemoryKind of(String domain, Map<String, String> models, VectorPrecision precision) {
    return new MemoryKind(domain, models.keySet(), (language, id) -> id.equals(models.get(language)), precision);
  }

  /**
   * Says what is wrong with a snapshot's embedding models.
   *
   * @param models their names by language code
   * @return empty when they can be used
   */
  Optional<String> objection(Map<String, String> models) {
    if (!models.keySet().equals(languages)) {
      return Optional.of("its languages are " + models.keySet() + ", those of this domain " + new TreeSet<>(languages));
    }
    return models.entrySet().stream()
        .filter(each -> !known.test(each.getKey(), each.getValue()))
        .findFirst()
        .map(each -> "its embeddings in '" + each.getKey() + "' are by " + each.getValue() + ", which is not here");
  }

  /** Returns the formats that this build writes with some models, by view. */
  Map<String, String> formats(Map<String, String> models) {
    return Map.of(
        MemoryFolder.PASSAGES, PassageIndex.format(models, precision),
        MemoryFolder.DOCUMENTS, DocumentView.FORMAT);
  }
}
