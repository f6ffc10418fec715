// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.snapshot;

import io.millrace.core.document.Language;
import io.millrace.core.settings.DomainPack;
import io.millrace.core.settings.VectorPrecision;
import io.millrace.memory.BgeModel;
import io.millrace.memory.DocumentView;
import io.millrace.memory.PassageIndex;

import java.util.Map;
import java.util.TreeMap;

/**
 * What a memory and a snapshot must have in common for the one to be restored from the other.
 *
 * @param domain whose memory it is
 * @param models names of the embedding models by language code
 * @param precision of embeddings in the graph
 */
public record MemoryKind(String domain, Map<String, String> models, VectorPrecision precision) {

  public MemoryKind {
    models = new TreeMap<>(models);
  }

  /** Returns the kind of memory that a domain has. */
  public static MemoryKind of(DomainPack domain) {
    Map<String, String> models = new TreeMap<>();
    domain.languages().forEach(language -> models.put(language, BgeModel.of(Language.ofCode(language)).id()));
    return new MemoryKind(domain.name(), models, domain.budgets().memory().vectors());
  }

  /** Returns the formats that this build writes, by view. */
  Map<String, String> formats() {
    return Map.of(
        MemoryFolder.PASSAGES, PassageIndex.format(models, precision),
        MemoryFolder.DOCUMENTS, DocumentView.FORMAT);
  }
}
