// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;

/**
 * What is kept of a document: its passages, their embeddings by text hash, and those that wait for a text that is still to come. Text and
 * embeddings come from different topics, so either may be ahead by any number of versions.
 *
 * @param passages in their order
 * @param vectors unit vectors by {@link TextHash}; not copied
 * @param archived whether it is kept without being searched
 */
public record DocumentContent(List<Passage> passages, Map<String, float[]> vectors, boolean archived) {

  /** A document of which there is nothing. */
  public static final DocumentContent NONE = new DocumentContent(List.of(), Map.of(), false);

  public DocumentContent {
    passages = List.copyOf(passages);
  }

  /** The same with other passages: their embeddings stay, and those that wait go on waiting. */
  DocumentContent with(List<Passage> others) {
    Set<String> old = hashes(passages);
    Set<String> wanted = hashes(others);
    Map<String, float[]> kept = new LinkedHashMap<>(vectors);
    kept.keySet().removeIf(hash -> old.contains(hash) && !wanted.contains(hash));
    return new DocumentContent(others, kept, archived);
  }

  /**
   * The same with embeddings of one model that came together: those of it that waited before belong to an older text, and go.
   *
   * @param dimension of the model's vectors
   */
  DocumentContent with(Map<String, float[]> fresh, int dimension) {
    if (vectors.keySet().containsAll(fresh.keySet())) {
      return this;
    }
    Set<String> used = hashes(passages);
    Map<String, float[]> kept = new LinkedHashMap<>(vectors);
    kept.entrySet().removeIf(each -> each.getValue().length == dimension && !used.contains(each.getKey()));
    kept.putAll(fresh);
    return new DocumentContent(passages, kept, archived);
  }

  /** The same, in the archive or out of it. */
  DocumentContent archived(boolean archive) {
    return archive == archived ? this : new DocumentContent(passages, vectors, archive);
  }

  private static Set<String> hashes(List<Passage> passages) {
    return passages.stream().map(TextHash::of).collect(Collectors.toSet());
  }

  /** Returns whether there is nothing to keep. */
  public boolean empty() {
    return passages.isEmpty() && vectors.isEmpty() && !archived;
  }

  /**
   * A passage as it is searched.
   *
   * @param vector its embedding; null while it has none
   * @param documentVector that of its whole document, which the first passage carries; null on the others
   */
  public record Embedded(Passage passage, float @Nullable [] vector, float @Nullable [] documentVector) {}

  /** A document's passages with their embeddings, and the embeddings that belong to none of them (yet), by text hash. */
  public record Block(List<Embedded> passages, Map<String, float[]> waiting) {}

  /**
   * Gives each passage its embedding.
   *
   * @param dimension of a language's embeddings; -1 where there are none
   */
  public Block block(ToIntFunction<Language> dimension) {
    Map<String, float[]> waiting = new LinkedHashMap<>(vectors);
    Map<String, float[]> used = new HashMap<>();
    for (Passage passage : passages) {
      String hash = TextHash.of(passage);
      float[] vector = waiting.remove(hash);
      if (vector != null && vector.length == dimension.applyAsInt(passage.language())) {
        used.put(hash, vector);
      }
    }
    float[] whole = Vectors.mean(sameLength(used.values()));
    List<Embedded> embedded = new ArrayList<>(passages.size());
    for (Passage passage : passages) {
      boolean carrier = passage.ordinal() == 0 && whole != null && whole.length == dimension.applyAsInt(passage.language());
      embedded.add(new Embedded(passage, used.get(TextHash.of(passage)), carrier ? whole : null));
    }
    return new Block(embedded, waiting);
  }

  private static List<float[]> sameLength(Collection<float[]> vectors) {
    int length = vectors.isEmpty() ? 0 : vectors.iterator().next().length;
    return vectors.stream().filter(vector -> vector.length == length).toList();
  }

  /** Returns the passages that have no embedding. */
  List<Passage> withoutEmbeddings() {
    return passages.stream().filter(passage -> !vectors.containsKey(TextHash.of(passage))).toList();
  }

  /** Equal where passages and place are, and embeddings are the same arrays: nothing is to be written then. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof DocumentContent that
        && archived == that.archived && passages.equals(that.passages) && vectors.equals(that.vectors);
  }

  @Override
  public int hashCode() {
    return Objects.hash(passages, vectors, archived);
  }
}
