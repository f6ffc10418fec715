// SPDX-License-Identifier: Apache-2.0
package io.millrace.recommend;

import io.millrace.core.document.Link;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Catalogue;
import io.millrace.core.spi.Catalogue.Change;
import io.millrace.core.spi.Catalogue.Entry;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BiConsumer;

/**
 * How documents point to each other, and which share a folder: a weighted graph that follows the catalogue change by
 * change. Nearness in it is personalised PageRank, computed by pushing probability only where enough of it is left
 * (Andersen, Chung and Lang, "Local Graph Partitioning using PageRank Vectors", FOCS 2006), so that its cost does not
 * depend on the size of the graph.
 */
final class LinkGraph implements AutoCloseable {

  /** Probability with which the walk ends at each step: most of it stays within two links. */
  private static final double STOP = 0.3;

  /** Probability left at a node, per link, that is not worth pushing on. */
  private static final double NEGLIGIBLE = 3e-4;

  /** Being pointed at says a little less than pointing. */
  private static final double BACKWARD = 0.7;

  private static final int MOST_RANKINGS = 64;
  private static final int LONGEST_RANKING = 200;

  /** Prefix of the nodes that stand for folders; no identity starts with it. */
  private static final String FOLDER = "\u0000";

  private final ReadWriteLock lock = new ReentrantReadWriteLock();

  /** Guarded by {@code lock}, as all fields below: weights of links by source and by target. */
  private final Map<String, Map<String, Double>> out = new HashMap<>();

  private final Map<String, Map<String, Double>> in = new HashMap<>();
  private final Map<String, Set<String>> folders = new HashMap<>();

  /** Access labels by document. */
  private final Map<String, Set<String>> documents = new HashMap<>();

  /** How many documents have labels: with none, nobody's view differs from another's. */
  private int labelled;

  private long version;

  private final Catalogue.Subscription subscription;

  /** Rankings of late, by what the reader may see; guarded by itself. */
  private final Map<Access, Central> central =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Access, Central> eldest) {
          return size() > MOST_RANKINGS;
        }
      };

  private record Central(long version, List<String> documents) {}

  LinkGraph(Catalogue catalogue) {
    this.subscription = catalogue.subscribe(this::apply);
  }

  private void apply(Change change) {
    lock.writeLock().lock();
    try {
      version++;
      switch (change) {
        case Change.Put put -> put(put.entry());
        case Change.Deleted deleted -> remove(deleted.document());
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  private void put(Entry entry) {
    remove(entry.id());
    documents.put(entry.id(), entry.labels());
    labelled += entry.labels().isEmpty() ? 0 : 1;
    folders.computeIfAbsent(folder(entry.id()), f -> new HashSet<>()).add(entry.id());
    Map<String, Double> targets = new HashMap<>();
    for (Link link : entry.links()) {
      String target = withoutFragment(link.target());
      if (!target.equals(entry.id())) {
        targets.merge(target, weight(link.kind()), Math::max);
      }
    }
    out.put(entry.id(), targets);
    targets.forEach((target, weight) -> in.computeIfAbsent(target, t -> new HashMap<>()).put(entry.id(), weight));
  }

  /** Links of others to the document stay: it may come back. */
  private void remove(String id) {
    Set<String> labels = documents.remove(id);
    labelled -= labels == null || labels.isEmpty() ? 0 : 1;
    Set<String> siblings = folders.get(folder(id));
    if (siblings != null && siblings.remove(id) && siblings.isEmpty()) {
      folders.remove(folder(id));
    }
    Map<String, Double> targets = out.remove(id);
    if (targets != null) {
      for (String target : targets.keySet()) {
        Map<String, Double> sources = in.get(target);
        if (sources != null && sources.remove(id) != null && sources.isEmpty()) {
          in.remove(target);
        }
      }
    }
  }

  /**
   * Returns how near documents are to the given ones, as probabilities that a walk from there ends at them.
   *
   * @param seeds weights by document; need not sum to 1
   * @param access what the reader may see: the walk passes through nothing else
   * @return without the seeds; empty when none of them is known
   */
  Map<String, Double> near(Map<String, Double> seeds, Access access) {
    lock.readLock().lock();
    try {
      Seen seen = new Seen(access);
      Map<String, Double> left = new HashMap<>();
      seeds.forEach(
          (seed, weight) -> {
            if (seen.sees(seed) && weight > 0) {
              left.put(seed, weight);
            }
          });
      double total = left.values().stream().mapToDouble(Double::doubleValue).sum();
      left.replaceAll((seed, weight) -> weight / total);
      Map<String, Double> reached = push(left, seen);
      reached.keySet().removeIf(node -> node.startsWith(FOLDER) || seeds.containsKey(node));
      return reached;
    } finally {
      lock.readLock().unlock();
    }
  }

  private Map<String, Double> push(Map<String, Double> left, Seen seen) {
    Map<String, Double> reached = new HashMap<>();
    Deque<String> waiting = new ArrayDeque<>(left.keySet());
    Set<String> queued = new HashSet<>(waiting);
    while (!waiting.isEmpty()) {
      String node = waiting.remove();
      queued.remove(node);
      double probability = left.getOrDefault(node, 0.0);
      if (probability <= NEGLIGIBLE * Math.max(1, degree(node, seen))) {
        continue;
      }
      double[] sum = {0};
      neighbours(node, seen, (next, weight) -> sum[0] += weight);
      left.put(node, 0.0);
      if (sum[0] == 0) {
        reached.merge(node, probability, Double::sum);
        continue;
      }
      reached.merge(node, STOP * probability, Double::sum);
      double passedOn = (1 - STOP) * probability / sum[0];
      neighbours(
          node,
          seen,
          (next, weight) -> {
            left.merge(next, passedOn * weight, Double::sum);
            if (queued.add(next)) {
              waiting.add(next);
            }
          });
    }
    left.forEach((node, rest) -> reached.merge(node, STOP * rest, Double::sum));
    return reached;
  }

  private int degree(String node, Seen seen) {
    return node.startsWith(FOLDER)
        ? seen.members(node.substring(1)).size()
        : out.getOrDefault(node, Map.of()).size() + seen.sources(node) + 1;
  }

  /** A folder is a node between its documents, with the pull of one strong link. */
  private void neighbours(String node, Seen seen, BiConsumer<String, Double> consumer) {
    if (node.startsWith(FOLDER)) {
      seen.members(node.substring(1)).forEach(member -> consumer.accept(member, 1.0));
      return;
    }
    out.getOrDefault(node, Map.of())
        .forEach(
            (target, weight) -> {
              if (seen.sees(target)) {
                consumer.accept(target, weight);
              }
            });
    in.getOrDefault(node, Map.of())
        .forEach(
            (source, weight) -> {
              if (seen.sees(source)) {
                consumer.accept(source, BACKWARD * weight);
              }
            });
    if (seen.members(folder(node)).size() > 1) {
      consumer.accept(FOLDER + folder(node), 1.0);
    }
  }

  /** The part of the graph that a reader may see; used under the lock, by one thread. */
  private final class Seen {
    private final Access access;
    private final Map<String, Collection<String>> members = new HashMap<>();

    Seen(Access access) {
      this.access = labelled == 0 ? Access.EVERYTHING : access;
    }

    boolean sees(String document) {
      Set<String> labels = documents.get(document);
      return labels != null && access.sees(labels);
    }

    Collection<String> members(String folder) {
      Set<String> all = folders.getOrDefault(folder, Set.of());
      return access.everything()
          ? all
          : members.computeIfAbsent(folder, f -> all.stream().filter(this::sees).toList());
    }

    int sources(String document) {
      Set<String> all = in.getOrDefault(document, Map.of()).keySet();
      return access.everything() ? all.size() : (int) all.stream().filter(this::sees).count();
    }
  }

  /** Returns whether one of the two points to the other. */
  boolean linked(String a, String b) {
    lock.readLock().lock();
    try {
      return out.getOrDefault(a, Map.of()).containsKey(b) || out.getOrDefault(b, Map.of()).containsKey(a);
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Returns how many documents that the reader may see point to this one. */
  int inDegree(String document, Access access) {
    lock.readLock().lock();
    try {
      return new Seen(access).sources(document);
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Returns the documents that most others point to: what to show when nothing is known of anybody. */
  List<String> central(int limit, Access access) {
    lock.readLock().lock();
    try {
      Seen seen = new Seen(access);
      Central known;
      synchronized (central) {
        known = central.get(seen.access);
      }
      if (known == null || known.version() != version) {
        known = ranking(seen);
        synchronized (central) {
          central.put(seen.access, known);
        }
      }
      return known.documents().subList(0, Math.min(limit, known.documents().size()));
    } finally {
      lock.readLock().unlock();
    }
  }

  private Central ranking(Seen seen) {
    Map<String, Integer> sources = new HashMap<>();
    documents.keySet().stream().filter(seen::sees).forEach(id -> sources.put(id, seen.sources(id)));
    List<String> best =
        sources.entrySet().stream()
            .sorted(
                Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder())
                    .thenComparing(Map.Entry.comparingByKey()))
            .limit(LONGEST_RANKING)
            .map(Map.Entry::getKey)
            .toList();
    return new Central(version, best);
  }

  /** Returns the part of an identity before the last slash; empty for a root. */
  static String folder(String id) {
    int slash = id.lastIndexOf('/');
    return slash < 0 ? "" : id.substring(0, slash);
  }

  private static String withoutFragment(String target) {
    int hash = target.indexOf('#');
    return hash < 0 ? target : target.substring(0, hash);
  }

  private static double weight(String kind) {
    return switch (kind) {
      case "extends", "implements" -> 1;
      case "see" -> 0.9;
      case "mentions" -> 0.4;
      default -> 0.5;
    };
  }

  @Override
  public void close() {
    subscription.close();
  }
}
