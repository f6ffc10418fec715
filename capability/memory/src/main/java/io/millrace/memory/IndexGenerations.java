// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.log.EventLog;
import io.millrace.core.registry.DurableFiles;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Embedder;
import io.millrace.core.spi.Neighbours;
import io.millrace.core.spi.Retriever;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * The passage index that is searched, and the one that takes its place when other embedding models are wanted. The next one is
 * filled from the log beside the one in use, which goes on meanwhile; once it holds as many embeddings, searches pass to it all
 * at once, and the old one is dropped when the last search in it has ended. What was filled so far is kept over restarts.
 */
public final class IndexGenerations implements Retriever, Neighbours, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(IndexGenerations.class);
  private static final Duration PERIOD = Duration.ofSeconds(1);

  /** How long a commit may take; after that it is asked for again. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** One passage in so many may lack an embedding that it has in the old index: it is just being made, or cannot be. */
  private static final int MAY_LACK = 1_000;

  private final EventLog log;
  private final Path directory;
  private final Function<EmbedderModel, Embedder> embedders;
  private final BiFunction<Path, Map<Language, Embedder>, PassageStore> stores;
  private final EmbedderChoice choice;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("index-generations").factory());

  /** Guarded by this. */
  private Generation current;

  /** Guarded by this. */
  private @Nullable Generation next;

  private volatile @Nullable String problem;

  /** An open index with what keeps it up to date. */
  private static final class Generation {
    final Map<Language, EmbedderModel> models;
    final IndexPlace place;
    final Map<Language, Embedder> embedders;
    final PassageStore index;
    final IndexView view;

    /** Guarded by the generations: searches that are under way. */
    int users;

    /** Guarded by the generations. */
    boolean retired;

    Generation(
        Map<Language, EmbedderModel> models,
        IndexPlace place,
        Map<Language, Embedder> embedders,
        PassageStore index,
        IndexView view) {
      this.models = models;
      this.place = place;
      this.embedders = embedders;
      this.index = index;
      this.view = view;
    }

    void close() {
      view.close();
      index.close();
      embedders.values().forEach(Embedder::close);
    }
  }

  /**
   * How far the next index is.
   *
   * @param models names of its embedding models by language code
   * @param embedded its passages with an embedding
   * @param of as many as there are in the index in use
   */
  public record Succession(Map<String, String> models, long embedded, long of) {}

  /**
   * Opens the index in use and follows the choice of models from then on.
   *
   * @param log that indexes are filled from
   * @param directory that belongs to the memory's views alone
   * @param embedders opens models; what it opens is closed with the index
   * @param stores opens the index that is filled by these embedders, in the directory of that name or elsewhere
   * @throws IllegalStateException when another process has the index open
   * @throws UncheckedIOException when it cannot be read
   */
  public IndexGenerations(
      EventLog log,
      Path directory,
      Function<EmbedderModel, Embedder> embedders,
      BiFunction<Path, Map<Language, Embedder>, PassageStore> stores,
      EmbedderChoice choice) {
    this.log = log;
    this.directory = directory;
    this.embedders = embedders;
    this.stores = stores;
    this.choice = choice;
    try {
      Map<Language, EmbedderModel> wanted = readable(choice);
      Optional<IndexPlace> before = IndexPlace.read(directory);
      Map<Language, EmbedderModel> models =
          before.isPresent() ? models(before.get(), wanted) : choice.searched();
      IndexPlace place = new IndexPlace(before.map(IndexPlace::folder).orElse(IndexPlace.FIRST), names(models));
      this.current = open(models, place);
      place.write(directory);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot tell which index is in use in " + directory + ": " + e, e);
    }
    tell(current.models);
    timer.execute(this::sweep);
    timer.scheduleWithFixedDelay(this::look, 0, PERIOD.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** A wanted model that cannot be read keeps nobody from searching with the one in use. */
  private static Map<Language, EmbedderModel> readable(EmbedderChoice choice) {
    try {
      return choice.wanted();
    } catch (RuntimeException e) {
      LOG.warn("searches go on with the embedding models in use: {}", e.getMessage());
      return choice.searched();
    }
  }

  /** The models that an index was filled with; those wanted where they are gone, with which it is filled anew. */
  private Map<Language, EmbedderModel> models(IndexPlace place, Map<Language, EmbedderModel> wanted) {
    Map<Language, EmbedderModel> models = new EnumMap<>(Language.class);
    wanted.forEach(
        (language, model) -> {
          String id = place.models().getOrDefault(language.code(), model.id());
          Optional<EmbedderModel> found = choice.find(language, id);
          if (found.isEmpty()) {
            LOG.warn("the index was embedded by {}, which is gone: it is embedded anew by {}", id, model.id());
          }
          models.put(language, found.orElse(model));
        });
    return models;
  }

  private static Map<String, String> names(Map<Language, EmbedderModel> models) {
    Map<String, String> names = new TreeMap<>();
    models.forEach((language, model) -> names.put(language.code(), model.id()));
    return names;
  }

  private Generation open(Map<Language, EmbedderModel> models, IndexPlace place) {
    Map<Language, Embedder> opened = new EnumMap<>(Language.class);
    PassageStore index = null;
    try {
      models.forEach((language, model) -> opened.put(language, embedders.apply(model)));
      index = stores.apply(directory.resolve(place.folder()), opened);
      return new Generation(models, place, opened, index, new IndexView(log, index));
    } catch (RuntimeException e) {
      if (index != null) {
        index.close();
      }
      opened.values().forEach(Embedder::close);
      throw e;
    }
  }

  private void look() {
    try {
      follow();
      problem = null;
    } catch (IOException | RuntimeException e) {
      String found = "the embedding models cannot be followed for now: " + e.getMessage();
      if (!found.equals(problem)) {
        LOG.warn(found, e);
      }
      problem = found;
    }
  }

  /** Removes indexes that neither are in use nor shall be. */
  private void sweep() {
    try {
      Set<String> kept = new HashSet<>();
      synchronized (this) {
        kept.add(current.place.folder());
      }
      kept.add(IndexPlace.successor(names(choice.wanted())).folder());
      for (String folder : IndexPlace.folders(directory)) {
        if (!kept.contains(folder)) {
          LOG.info("removing {}: it is the index of models that are no longer wanted", folder);
          DurableFiles.deleteTree(directory.resolve(folder));
        }
      }
    } catch (IOException | RuntimeException e) {
      LOG.warn("old indexes could not be removed: {}", e.toString());
    }
  }

  /** Begins, gives up or completes the next index. */
  private void follow() throws IOException {
    Map<Language, EmbedderModel> wanted = choice.wanted();
    Generation old;
    Generation fresh;
    synchronized (this) {
      old = current;
      fresh = next;
    }
    if (fresh != null && !fresh.models.equals(wanted)) {
      LOG.info("the index by {} is given up: it is no longer wanted", names(fresh.models));
      synchronized (this) {
        next = null;
      }
      drop(fresh);
      fresh = null;
    }
    if (wanted.equals(old.models)) {
      return;
    }
    if (fresh == null) {
      fresh = open(wanted, IndexPlace.successor(names(wanted)));
      LOG.info("an index by {} is filled beside the one by {}", names(wanted), names(old.models));
      synchronized (this) {
        next = fresh;
      }
    }
    if (complete(fresh, old) && fresh.view.commit(PATIENCE)) {
      fresh.place.write(directory);
      synchronized (this) {
        current = fresh;
        next = null;
      }
      LOG.info("searches use the index by {} now", names(wanted));
      tell(fresh.models);
      drop(old);
    }
  }

  /** Whoever is not told goes on embedding for nothing, which is no reason to stop. */
  private void tell(Map<Language, EmbedderModel> models) {
    try {
      choice.search(models);
    } catch (RuntimeException e) {
      LOG.warn("it could not be noted that searches use {}: {}", names(models), e.toString());
    }
  }

  private static boolean complete(Generation fresh, Generation old) {
    if (!fresh.view.caughtUp()) {
      return false;
    }
    long there = old.index.counts().passagesWithVectors();
    return fresh.index.counts().passagesWithVectors() >= there - there / MAY_LACK;
  }

  /** Closes and removes an index once nothing uses it. */
  private void drop(Generation generation) throws IOException {
    synchronized (this) {
      generation.retired = true;
      boolean interrupted = false;
      while (generation.users > 0) {
        try {
          wait();
        } catch (InterruptedException e) {
          interrupted = true; // searches have deadlines, so this ends
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
    generation.close();
    DurableFiles.deleteTree(directory.resolve(generation.place.folder()));
  }

  private <T> T use(Function<Generation, T> work) {
    Generation generation;
    synchronized (this) {
      generation = current;
      generation.users++;
    }
    return used(generation, work);
  }

  private <T> T used(Generation generation, Function<Generation, T> work) {
    try {
      return work.apply(generation);
    } finally {
      synchronized (this) {
        if (--generation.users == 0 && generation.retired) {
          notifyAll();
        }
      }
    }
  }

  @Override
  public Result search(Query query) {
    return use(generation -> generation.index.search(query));
  }

  @Override
  public Standing standing(Query query, String document) {
    return use(generation -> generation.index.standing(query, document));
  }

  @Override
  public List<Passage> passages(String document, Access access) {
    return use(generation -> generation.index.passages(document, access));
  }

  @Override
  public List<Neighbour> nearest(String document, int limit, Access access) {
    return use(generation -> generation.index.nearest(document, limit, access));
  }

  @Override
  public Optional<float[]> embedding(String document, Access access) {
    return use(generation -> generation.index.embedding(document, access));
  }

  /** Returns the names of the embedding models that searches use, by language code. */
  public Map<String, String> models() {
    return use(generation -> names(generation.models));
  }

  /** Returns how far the next index is; empty when none is being filled. */
  public Optional<Succession> succession() {
    long of = counts().passagesWithVectors();
    Generation fresh;
    synchronized (this) {
      if (next == null) {
        return Optional.empty();
      }
      fresh = next;
      fresh.users++;
    }
    return used(
        fresh, generation -> Optional.of(new Succession(names(generation.models), generation.index.counts().passagesWithVectors(), of)));
  }

  /** Returns how much can be found. */
  public PassageIndex.Counts counts() {
    return use(generation -> generation.index.counts());
  }

  /** Returns what embeddings take. */
  public PassageIndex.VectorBytes vectorBytes() {
    return use(generation -> generation.index.vectorBytes());
  }

  /** Returns the bytes of all files of the index in use. */
  public long bytesOnDisk() {
    return use(generation -> generation.index.bytesOnDisk());
  }

  /** Returns whether all that was in the log at the last look can be found. */
  public boolean caughtUp() {
    return use(generation -> generation.view.caughtUp());
  }

  /** Returns how many records of the log were not yet applied at the last look. */
  public long lag() {
    return use(generation -> generation.view.lag());
  }

  /** Returns how many records made no sense and were set aside as dead letters since the index was opened. */
  public long skipped() {
    return use(generation -> generation.view.skipped());
  }

  /** Returns what keeps the index from going on right now; empty when all is well. */
  public Optional<String> trouble() {
    Optional<String> trouble = use(generation -> generation.view.trouble());
    return trouble.isPresent() ? trouble : Optional.ofNullable(problem);
  }

  /**
   * Commits what was applied so far, now.
   *
   * @return whether it was done in time; otherwise the last commit stands
   */
  public boolean commit(Duration patience) {
    return use(generation -> generation.view.commit(patience));
  }

  /**
   * Commits the index in use and holds that commit, so that its files can be copied while it goes on.
   *
   * @param patience for the commit; if it takes longer, the one before is held
   */
  public Held hold(Duration patience) throws IOException {
    try {
      return use(
          generation -> {
            // A log that is away keeps nobody waiting: the index was committed when the log went.
            generation.view.commit(generation.view.trouble().isEmpty() ? patience : Duration.ZERO);
            try {
              return new Held(generation.index.hold(), names(generation.models));
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /**
   * A commit of the index in use.
   *
   * @param commit to be closed
   * @param models names of its embedding models by language code
   */
  public record Held(HeldCommit commit, Map<String, String> models) {}

  /** Stops following and commits. */
  @Override
  public void close() {
    timer.close();
    Generation old;
    Generation fresh;
    synchronized (this) {
      old = current;
      fresh = next;
      next = null;
    }
    if (fresh != null) {
      fresh.close();
    }
    old.close();
  }
}
