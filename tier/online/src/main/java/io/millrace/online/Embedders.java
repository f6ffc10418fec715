// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import io.millrace.core.document.Language;
import io.millrace.core.spi.Embedder;

import java.util.List;
import java.util.Map;

/**
 * The encoders in use, one a language.
 *
 * @param byLanguage closed with this
 */
public record Embedders(Map<Language, Embedder> byLanguage) implements AutoCloseable {

  public Embedders {
    byLanguage = Map.copyOf(byLanguage);
  }

  /** Returns all of them. */
  public List<Embedder> all() {
    return List.copyOf(byLanguage.values());
  }

  @Override
  public void close() {
    byLanguage.values().forEach(Embedder::close);
  }
}
