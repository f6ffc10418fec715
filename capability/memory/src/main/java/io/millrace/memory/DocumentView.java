// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Document;
import io.millrace.core.document.Link;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;

/**
 * Keeps the documents themselves at hand, as the topic of documents has them: whole ones on disk, and a catalogue of
 * titles, places and links in memory (about 2 kB a document).
 */
public final class DocumentView implements Catalogue, AutoCloseable {

  private final DocumentStore store;
  private final ConcurrentSkipListMap<String, Entry> entries = new ConcurrentSkipListMap<>();

  /** Guarded by {@code this}, as are all changes of the entries, so that listeners hear of each exactly once. */
  private final List<Consumer<Change>> listeners = new ArrayList<>();

  private final LogFollower follower;

  /**
   * Opens or creates the store and starts to follow the log.
   *
   * @param directory that belongs to this view alone
   * @throws IllegalStateException when another process has the directory open
   */
  public DocumentView(EventLog log, Path directory) {
    this.store = new DocumentStore(directory);
    store.entries(entry -> entries.put(entry.id(), entry));
    this.follower = new LogFollower("document-view", log, List.of(Topic.DOCUMENTS), new Writing());
  }

  /** Returns a document as the reader may see it; empty when there is none of that identity that the reader may see. */
  public Optional<Document> document(String id, Access access) {
    return store.document(id).filter(document -> access.sees(document.labels())).map(access::shown);
  }

  @Override
  public @Nullable Entry entry(String document, Access access) {
    Entry entry = entries.get(document);
    return entry != null && access.sees(entry.labels()) ? entry : null;
  }

  /** Returns how many documents there are, whatever their labels: not for readers. */
  public int size() {
    return entries.size();
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
    follower.close();
    store.close();
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
      if (value == null) {
        store.delete(record.key());
        change(new Change.Deleted(record.key()));
        return;
      }
      Document document = Json.read(value, Document.class);
      if (!document.id().equals(record.key())) {
        throw new IllegalArgumentException(
            "document '" + document.id() + "' was appended under the key '" + record.key() + "'");
      }
      Entry entry = entry(document);
      store.put(document, entry);
      change(new Change.Put(entry));
    }

    @Override
    public void refresh() throws IOException {
      store.refresh();
    }

    @Override
    public void commit(Map<String, String> facts) throws IOException {
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
      List.copyOf(entries.keySet()).forEach(id -> change(new Change.Deleted(id)));
    }
  }
}
