// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Language;
import io.millrace.core.spi.CosineScale;
import io.millrace.core.spi.Embedder;
import io.millrace.core.spi.Retriever.Aim;
import io.millrace.core.spi.Retriever.Query;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/** Reads questions and embeds them within their deadlines, on threads of its own; what is left out is noted. */
final class Questions implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Questions.class);

  /** Longer questions are pasted pages; their beginning says enough. */
  private static final int LONGEST = 4_000;

  private final Map<Language, Embedder> embedders;
  private final SearchSettings settings;
  private final ExecutorService embedding =
      Executors.newFixedThreadPool(
          Math.max(2, Runtime.getRuntime().availableProcessors()),
          Thread.ofPlatform().daemon().name("memory-query-embedding-", 0).factory());

  Questions(Map<Language, Embedder> embedders, SearchSettings settings) {
    this.embedders = Map.copyOf(embedders);
    this.settings = settings;
  }

  /** Returns what is searched for of a query's text. */
  String text(Query query, List<String> notes) {
    String text = query.text();
    if (text.length() <= LONGEST) {
      return text;
    }
    notes.add("only the first " + LONGEST + " of " + text.length() + " characters were searched for");
    return text.substring(0, LONGEST);
  }

  Language language(Query query, String text) {
    return query.language() != null ? query.language() : Language.of(text);
  }

  /** Returns on which scale cosines with the embeddings of questions are to be read, by language. */
  Map<Language, CosineScale> cosines() {
    return embedders.entrySet().stream().collect(Collectors.toMap(Map.Entry::getKey, each -> each.getValue().cosines()));
  }

  /** Begins to embed; null where a question is searched by its words only. */
  @Nullable Future<float[]> embed(String text, Language language, Query query, List<String> notes) {
    Embedder embedder = embedders.get(language);
    if (embedder == null || text.isBlank() || settings.ranking(language).denseShare() == 0) {
      return null;
    }
    if (query.deadline().expired()) {
      notes.add("searched by words only: the deadline had passed before the question was embedded");
      return null;
    }
    return embedding.submit(() -> embedder.embedQueries(List.of(text)).getFirst());
  }

  /** Returns the embedding, if there is to be one and it is there in time. */
  float @Nullable [] await(@Nullable Future<float[]> meaning, Query query, List<String> notes) {
    if (meaning == null) {
      return null;
    }
    try {
      return meaning.get(query.deadline().remaining().toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      notes.add("searched by words only: embedding the question took longer than the deadline allows");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      notes.add("searched by words only: the search was interrupted");
    } catch (ExecutionException e) {
      LOG.warn("embedding a question failed", e);
      notes.add("searched by words only: embedding the question failed: " + e.getMessage());
    }
    meaning.cancel(false);
    return null;
  }

  /** Returns the model that reads the best candidates, null where none does. */
  static @Nullable Reranker reranker(Rerankers rerankers, Language language, Query query, List<String> notes) {
    Reranker reranker = query.aim() == Aim.ANSWER ? rerankers.of(language) : null;
    if (reranker != null && query.deadline().expired()) {
      notes.add("not re-ranked: the deadline had passed before candidates were read");
      return null;
    }
    return reranker;
  }

  @Override
  public void close() {
    embedding.shutdownNow();
  }
}
