// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Document;
import io.millrace.core.document.Link;
import io.millrace.core.document.Validity;
import io.millrace.core.json.Json;
import io.millrace.core.log.EventLog;
import io.millrace.core.log.LogFollower;
import io.millrace.core.log.LogRecord;
import io.millrace.core.log.LogView;
import io.millrace.core.log.Topic;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Catalogue;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Keeps the documents themselves at hand, as the topic of documents has them: whole ones on disk with their earlier
 * versions, and a catalogue of titles, places and links in memory (about 2 kB a document). Documents whose time has
 * passed, or has not come yet, can be read, but are not in the catalogue.
 */
public final class DocumentView implements Catalogue, AutoCloseable {

  /** What the view is made of. */
  public static final List<Topic> TOPICS = List.of(Topic.DOCUMENTS, Topic.HISTORY);

  /** The format of its files, which must be the same for them to be of use. */
  public static final String FORMAT = DocumentStore.FORMAT;

  /** How late the catalogue's listeners may hear that a document's time has passed or come. */
  private static final Duration TICK = Duration.ofMillis(500);

  /** Earlier versions that are kept where nobody says how many. */
  private static final int USUAL_VERSIONS = 3;

  private final DocumentStore store;
  private final History history;
  private final InstantSource clock;

  /** Documents that may be found; those of {@link #dated} come and go. */
  private final ConcurrentSkipListMap<String, Entry> entries = new ConcurrentSkipListMap<>();

  /** Documents whose time is limited. */
  private final Map<String, Entry> dated = new ConcurrentHashMap<>();

  private final Map<String, Resident> residents = new ConcurrentHashMap<>();

  /** For each document those that nearly repeat it; symmetric. */
  private final Map<String, Set<String>> copies = new ConcurrentHashMap<>();

  /** Guarded by {@code this}, as are all changes of the entries, so that listeners hear of each exactly once. */
  private final List<Consumer<Change>> listeners = new ArrayList<>();

  private final ScheduledExecutorService ticker =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("document-view-clock").factory());

  private final LogFollower follower;

  /**
   * Opens or creates the store and starts to follow the log.
   *
   * @param directory that belongs to this view alone
   * @throws IllegalStateException when another process has the directory open
   */
  public DocumentView(EventLog log, Path directory) {
    this(log, directory, USUAL_VERSIONS, InstantSource.system());
  }

  /**
   * Opens or creates the store, as above.
   *
   * @param versions how many earlier versions of a document are kept
   * @param clock by which documents come to be found, and cease to be
   */
  public DocumentView(EventLog log, Path directory, int versions, InstantSource clock) {
    this(log, directory, LuceneStore.Files.ON_DISK, versions, clock);
  }

  /** Opens or creates the store in files of one's own, as above. */
  DocumentView(EventLog log, Path directory, LuceneStore.Files files, int versions, InstantSource clock) {
    this.clock = clock;
    this.store = new DocumentStore(directory, files);
    this.history = new History(log, store, versions);
    store.cards(this::load);
    residents.values().forEach(this::join);
    this.follower =
        new LogFollower("document-view", log, TOPICS, new Writing());
    ticker.scheduleWithFixedDelay(this::tick, TICK.toMillis(), TICK.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Returns a document as the reader may see it; empty when there is none of that identity that the reader may see. */
  public Optional<Document> document(String id, Access access) {
    return current(id).map(DocumentVersion::document).filter(document -> access.sees(document.labels())).map(access::shown);
  }

  /** Returns a document's current version, whatever its labels: not for readers; empty when there is none of that identity. */
  public Optional<DocumentVersion> current(String id) {
    return store.current(id);
  }

  /** Returns a document's earlier versions that are kept, latest first, whatever their labels: not for readers. */
  public List<DocumentVersion> earlier(String id) {
    return store.earlier(id);
  }

  /** Returns one of a document's versions, current or earlier, whatever its labels: not for readers; empty when it is not kept. */
  public Optional<DocumentVersion> version(String id, long number) {
    return current(id).filter(version -> version.number() == number)
        .or(() -> store.earlierByKey(History.key(id, number)));
  }

  @Override
  public @Nullable Entry entry(String document, Access access) {
    Entry entry = timely(document) ? entries.get(document) : null;
    return entry != null && access.sees(entry.labels()) ? entry : null;
  }

  /** Returns how many documents may be found, whatever their labels: not for readers. */
  public int size() {
    return entries.size();
  }

  /** Returns what is known of every document, whether it may be found or not. */
  public Collection<Resident> residents() {
    return Collections.unmodifiableCollection(residents.values());
  }

  /** Returns what is known of a document; null when there is none of that identity. */
  public @Nullable Resident resident(String id) {
    return residents.get(id);
  }

  /** Returns the documents that nearly repeat one, in no particular order. */
  public Set<String> copies(String id) {
    return Set.copyOf(copies.getOrDefault(id, Set.of()));
  }

  /** Returns the bytes that documents and their versions take on disk. */
  public long bytesOnDisk() {
    return store.bytes();
  }

  /**
   * A step down the tree that identities form.
   *
   * @param id what to ask for next
   * @param title the document's; the last part of the identity where no document stands there
   * @param document whether a document has this identity
   * @param folder whether there is more below
   */
  public record Child(String id, String title, boolean document, boolean folder) {}

  /**
   * Lists what lies directly below an identity, in alphabetical order.
   *
   * @param parent for example {@code lucene-core/org}; empty for the roots
   * @param access what the reader may see; nothing tells of folders that hold nothing of it
   */
  public List<Child> children(String parent, Access access) {
    String prefix = parent.isEmpty() ? "" : parent + "/";
    Map<String, Child> children = new TreeMap<>();
    String key = visible(entries.ceilingEntry(prefix), prefix, access);
    while (key != null) {
      int slash = key.indexOf('/', prefix.length());
      String id = slash < 0 ? key : key.substring(0, slash);
      boolean folder = slash >= 0;
      Entry entry = entry(id, access);
      String title = entry == null ? id.substring(prefix.length()) : entry.title();
      children.merge(
          id,
          new Child(id, title, entry != null, folder),
          (a, b) -> new Child(id, title, entry != null, a.folder() || b.folder()));
      // Everything below the folder is skipped at once: '0' is the character after '/'.
      key = visible(folder ? entries.ceilingEntry(id + "0") : entries.higherEntry(key), prefix, access);
    }
    return List.copyOf(children.values());
  }

  /** Returns the first identity from there on, within the prefix, that the reader may see; null for none. */
  private @Nullable String visible(Map.@Nullable Entry<String, Entry> from, String prefix, Access access) {
    Map.Entry<String, Entry> each = from;
    while (each != null && each.getKey().startsWith(prefix) && !access.sees(each.getValue().labels())) {
      each = entries.higherEntry(each.getKey());
    }
    return each != null && each.getKey().startsWith(prefix) ? each.getKey() : null;
  }

  @Override
  public synchronized Subscription subscribe(Consumer<Change> listener) {
    entries.values().forEach(entry -> listener.accept(new Change.Put(entry)));
    listeners.add(listener);
    return () -> unsubscribe(listener);
  }

  private synchronized void unsubscribe(Consumer<Change> listener) {
    listeners.remove(listener);
  }

  /**
   * Commits what was applied so far, now.
   *
   * @return whether it was done in time; otherwise the last commit stands
   */
  public boolean commit(Duration patience) {
    return follower.commit(patience);
  }

  /** Holds the last commit, so that its files can be copied while the view goes on. */
  public HeldCommit hold() throws IOException {
    return store.hold();
  }

  /** Returns whether all that was in the log at the last look is here. */
  public boolean caughtUp() {
    return follower.caughtUp();
  }

  /** Returns how many records of the log were not yet applied at the last look. */
  public long lag() {
    return follower.lag();
  }

  /** Returns what keeps the view from going on right now; empty when all is well. */
  public Optional<String> trouble() {
    return follower.trouble();
  }

  @Override
  public void close() {
    ticker.shutdownNow();
    follower.close();
    store.close();
  }

  private void load(DocumentStore.Card card) {
    String id = card.entry().id();
    residents.put(id, card.resident());
    if (card.resident().validity() != null) {
      dated.put(id, card.entry());
    }
    if (timely(id)) {
      entries.put(id, card.entry());
    }
  }

  /** Whether a document may be found now, if it is there at all. */
  private boolean timely(String id) {
    Resident resident = residents.get(id);
    Validity validity = resident == null ? null : resident.validity();
    return validity == null || validity.at(clock.instant());
  }

  private synchronized void put(DocumentStore.Card card) {
    String id = card.entry().id();
    part(id);
    residents.put(id, card.resident());
    join(card.resident());
    dated.remove(id);
    if (card.resident().validity() != null) {
      dated.put(id, card.entry());
    }
    if (timely(id)) {
      change(new Change.Put(card.entry()));
    } else if (entries.containsKey(id)) {
      change(new Change.Deleted(id));
    }
  }

  private synchronized void remove(String id) {
    part(id);
    residents.remove(id);
    dated.remove(id);
    change(new Change.Deleted(id));
  }

  /** Lets documents in whose time has come, and out whose time has passed. */
  private synchronized void tick() {
    for (Map.Entry<String, Entry> each : dated.entrySet()) {
      boolean shown = entries.containsKey(each.getKey());
      if (timely(each.getKey()) != shown) {
        change(shown ? new Change.Deleted(each.getKey()) : new Change.Put(each.getValue()));
      }
    }
  }

  /** Ties a document to those that it repeats, as long as they still say what they said when they were compared. */
  private void join(Resident resident) {
    for (Resident.Copy copy : resident.copies()) {
      Resident other = residents.get(copy.document());
      if (other != null && other.fingerprint() == copy.fingerprint()) {
        copies.computeIfAbsent(resident.id(), _ -> ConcurrentHashMap.newKeySet()).add(other.id());
        copies.computeIfAbsent(other.id(), _ -> ConcurrentHashMap.newKeySet()).add(resident.id());
      }
    }
  }

  private void part(String id) {
    Set<String> others = copies.remove(id);
    if (others != null) {
      others.forEach(
          other ->
              copies.computeIfPresent(
                  other,
                  (_, left) -> {
                    left.remove(id);
                    return left.isEmpty() ? null : left;
                  }));
    }
  }

  private synchronized void change(Change change) {
    switch (change) {
      case Change.Put put -> entries.put(put.entry().id(), put.entry());
      case Change.Deleted deleted -> entries.remove(deleted.document());
    }
    listeners.forEach(listener -> listener.accept(change));
  }

  /** Each target once and without the words that carry the link: the graph needs no more. */
  private static Entry entry(Document document) {
    List<Link> links =
        document.links().stream().map(link -> new Link(link.target(), "", link.kind())).distinct().toList();
    return new Entry(
        document.id(),
        document.language(),
        document.kind(),
        document.title(),
        document.path(),
        links,
        document.updatedAt(),
        document.labels());
  }

  private final class Writing implements LogView {
    @Override
    public void apply(Topic topic, LogRecord record) throws IOException {
      byte[] value = record.value();
      if (topic == Topic.HISTORY) {
        applyVersion(record.key(), value);
        return;
      }
      if (value == null) {
        store.delete(record.key());
        history.deleted(record.key());
        remove(record.key());
        return;
      }
      Document document = Json.read(value, Document.class);
      if (!document.id().equals(record.key())) {
        throw new IllegalArgumentException(
            "document '" + document.id() + "' was appended under the key '" + record.key() + "'");
      }
      document.validity(); // Refuses times that make no sense, before anything of the document is kept.
      long version = record.position().offset();
      store.latest(document.id()).filter(before -> before.number() < version).ifPresent(history::replaced);
      put(store.put(new DocumentVersion(version, document), entry(document)));
    }

    private void applyVersion(String key, byte @Nullable [] value) throws IOException {
      if (value == null) {
        store.deleteVersion(key);
      } else {
        store.putVersion(key, new DocumentVersion(History.number(key), Json.read(value, Document.class)));
      }
      history.arrived(key);
    }

    @Override
    public void refresh() throws IOException {
      store.refresh();
      history.trim();
    }

    @Override
    public void commit(Map<String, String> facts) throws IOException {
      history.settle();
      store.commit(facts);
    }

    @Override
    public Map<String, String> committed() {
      return store.committed();
    }

    /** What was applied since the last commit is applied again, so the entries need not go back. */
    @Override
    public void reopen() {
      store.reopen();
    }

    @Override
    public void clear() throws IOException {
      store.clear();
      List.copyOf(residents.keySet()).forEach(DocumentView.this::remove);
    }
  }
}
