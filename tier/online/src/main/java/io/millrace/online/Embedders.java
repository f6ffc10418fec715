// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import io.millrace.core.document.Language;
import io.millrace.core.spi.Embedder;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/** The encoders in use, one a language. */
public final class Embedders implements AutoCloseable {

  private static final int WARMING_QUESTIONS = 20;

  /** What one gateway has had compiled serves the others of the process. */
  private static final AtomicBoolean WARM = new AtomicBoolean();

  private final Map<Language, Embedder> byLanguage;
  private final AtomicBoolean closed = new AtomicBoolean();
  private @Nullable Thread warming;

  /**
   * Takes encoders.
   *
   * @param byLanguage closed with this
   */
  public Embedders(Map<Language, Embedder> byLanguage) {
    this.byLanguage = Map.copyOf(byLanguage);
  }

  /** Returns them by language. */
  public Map<Language, Embedder> byLanguage() {
    return byLanguage;
  }

  /** Returns all of them. */
  public List<Embedder> all() {
    return List.copyOf(byLanguage.values());
  }

  /**
   * Embeds some questions in the background: the virtual machine compiles what they run through. A user's first question would take
   * a hundred times as long as a later one otherwise.
   */
  void warmUp() {
    if (!WARM.getAndSet(true)) {
      warming = Thread.ofPlatform().daemon().name("embedders-warm-up").start(this::embedSome);
    }
  }

  private void embedSome() {
    for (int i = 0; i < WARMING_QUESTIONS; i++) {
      for (Embedder embedder : byLanguage.values()) {
        if (closed.get()) {
          return;
        }
        embedder.embedQueries(List.of("How is a question of a usual length answered, such as number " + i + "?"));
      }
    }
  }

  @Override
  public void close() {
    closed.set(true);
    try {
      if (warming != null) {
        warming.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    byLanguage.values().forEach(Embedder::close);
  }
}
