// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.snapshot;

import io.millrace.core.log.LogFollower;
import io.millrace.core.registry.ArtifactVersion.FileSum;

import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * What a snapshot holds; the file {@code manifest.json} beside its files.
 *
 * @param layout of the snapshot, {@link #LAYOUT}
 * @param name by which it is asked for
 * @param domain whose memory it is
 * @param takenAt when it was taken
 * @param scheduled whether nobody asked for it, so that it makes room for later ones
 * @param models names of the embedding models by language code
 * @param precision of embeddings in the graph
 * @param topics identities of the log's topics that the views are made of, by suffix
 * @param bytes of all files
 * @param views the passage index and the document store, by name, which is also their folder
 */
public record SnapshotManifest(
    int layout,
    String name,
    String domain,
    Instant takenAt,
    boolean scheduled,
    Map<String, String> models,
    String precision,
    Map<String, String> topics,
    long bytes,
    Map<String, View> views) {

  /** The layout that this build writes and reads. */
  public static final int LAYOUT = 1;

  static final String FILE = "manifest.json";

  /** Nothing that would lead out of a snapshot's folder. */
  private static final Pattern PLAIN_NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.]*");

  /**
   * A view at one of its commits.
   *
   * @param format which must be the same for the files to be of use
   * @param facts of the commit: when it was made, and the next offset of each partition, as {@code passages.0}
   * @param counts how much it holds, by what is counted
   * @param files size and checksum by name
   */
  public record View(String format, Map<String, String> facts, Map<String, Long> counts, Map<String, FileSum> files) {
    public View {
      Objects.requireNonNull(format, "format");
      files.forEach(
          (file, sum) -> {
            if (!PLAIN_NAME.matcher(file).matches()) {
              throw new IllegalArgumentException("'" + file + "' is no name of an index's file");
            }
            Objects.requireNonNull(sum, file);
          });
      LogFollower.check(facts);
      facts = new TreeMap<>(facts);
      counts = new TreeMap<>(counts);
      files = new TreeMap<>(files);
    }

    /** Returns when the view was committed: what was in the log by then is in it, or nearly so. */
    public Instant asOf() {
      return LogFollower.committedAt(facts);
    }
  }

  public SnapshotManifest {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(domain, "domain");
    Objects.requireNonNull(takenAt, "takenAt");
    Objects.requireNonNull(precision, "precision");
    if (layout == LAYOUT && !(views.keySet().equals(Set.copyOf(MemoryFolder.VIEWS)) && views.values().stream().allMatch(Objects::nonNull))) {
      throw new IllegalArgumentException("its views are " + views.keySet() + " instead of " + MemoryFolder.VIEWS);
    }
    models = new TreeMap<>(models);
    topics = new TreeMap<>(topics);
    views = new TreeMap<>(views);
  }

  /** Returns a view by its name. */
  View view(String view) {
    View found = views.get(view);
    if (found == null) {
      throw new IllegalStateException("snapshot '" + name + "' holds no " + view + ", only " + views.keySet());
    }
    return found;
  }
}
