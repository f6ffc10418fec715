// SPDX-License-Identifier: Apache-2.0
package io.millrace.recommend;

import io.millrace.core.document.Language;
import io.millrace.core.document.Link;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Catalogue;
import io.millrace.core.spi.Neighbours;
import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Documents in memory with exact neighbours: a catalogue small enough to reason about. */
final class Shelf implements Catalogue, Neighbours {

  private final Map<String, Entry> entries = new TreeMap<>();
  private final Map<String, float[]> vectors = new TreeMap<>();
  private final List<Consumer<Change>> listeners = new ArrayList<>();

  Shelf put(String id, String... links) {
    return put(id, Language.ENGLISH, links);
  }

  Shelf put(String id, Language language, String... links) {
    return put(id, language, Set.of(), links);
  }

  Shelf put(String id, Language language, Set<String> labels, String... links) {
    Entry entry =
        new Entry(
            id,
            language,
            "class",
            id.substring(id.lastIndexOf('/') + 1),
            List.of(id.split("/")),
            Stream.of(links).map(target -> new Link(target, "", "see")).toList(),
            Instant.EPOCH,
            labels);
    entries.put(id, entry);
    listeners.forEach(listener -> listener.accept(new Change.Put(entry)));
    return this;
  }

  Shelf delete(String id) {
    entries.remove(id);
    vectors.remove(id);
    listeners.forEach(listener -> listener.accept(new Change.Deleted(id)));
    return this;
  }

  /** Gives a document a direction in the plane, in degrees: like contents have like directions. */
  Shelf embed(String id, double degrees) {
    vectors.put(
        id, new float[] {(float) Math.cos(Math.toRadians(degrees)), (float) Math.sin(Math.toRadians(degrees))});
    return this;
  }

  @Override
  public @Nullable Entry entry(String document, Access access) {
    Entry entry = entries.get(document);
    return entry != null && access.sees(entry.labels()) ? entry : null;
  }

  List<String> ids() {
    return List.copyOf(entries.keySet());
  }

  @Override
  public Subscription subscribe(Consumer<Change> listener) {
    entries.values().forEach(entry -> listener.accept(new Change.Put(entry)));
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  @Override
  public List<Neighbour> nearest(String document, int limit, Access access) {
    float[] one = vectors.get(document);
    return one == null || entry(document, access) == null
        ? List.of()
        : vectors.entrySet().stream()
            .filter(other -> !other.getKey().equals(document) && entry(other.getKey(), access) != null)
            .map(other -> new Neighbour(other.getKey(), one[0] * other.getValue()[0] + one[1] * other.getValue()[1]))
            .sorted(Comparator.comparingDouble(neighbour -> -neighbour.similarity()))
            .limit(limit)
            .toList();
  }

  @Override
  public Optional<float[]> embedding(String document, Access access) {
    return entry(document, access) == null ? Optional.empty() : Optional.ofNullable(vectors.get(document));
  }
}
