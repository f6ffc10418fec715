// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.spi.Access;
import org.jspecify.annotations.Nullable;

import java.time.Instant;

/**
 * What the log tells of documents: when they changed, and of what use they are. Nothing of it lies in the index, so that it is the same wherever
 * passages lie, and a click costs no writing there.
 */
public record LogPriors(DocumentView documents, Growth growth) implements DocumentPriors {

  @Override
  public @Nullable Instant since(String document) {
    Resident resident = documents.resident(document);
    if (resident == null) {
      return null;
    }
    Instant from = resident.validity() == null ? null : resident.validity().from();
    return from != null && from.isAfter(resident.updatedAt()) ? from : resident.updatedAt();
  }

  @Override
  public double use(String document, Access access, Instant now) {
    return growth.use(document, access, now);
  }
}
