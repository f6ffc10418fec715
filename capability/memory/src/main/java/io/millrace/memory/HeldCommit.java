// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** A commit of an index whose files stay, unchanged, until it is let go of; the index goes on meanwhile. */
public final class HeldCommit implements AutoCloseable {

  /** The key, among the facts that Lucene keeps with a commit, of the index's format. */
  public static final String FORMAT = "format";

  private final Path directory;
  private final Collection<String> files;
  private final String format;
  private final Map<String, String> facts;
  private final Map<String, Long> counts;
  private final Release release;

  /** Lets the files go. */
  @FunctionalInterface
  interface Release {
    void run() throws IOException;
  }

  HeldCommit(
      Path directory,
      Collection<String> files,
      String format,
      Map<String, String> facts,
      Map<String, Long> counts,
      Release release) {
    this.directory = directory;
    this.files = new TreeSet<>(files);
    this.format = format;
    this.facts = new TreeMap<>(facts);
    this.counts = new TreeMap<>(counts);
    this.release = release;
  }

  /** Returns where the files are. */
  public Path directory() {
    return directory;
  }

  /** Returns the names of all files that the commit consists of: they are never written to again. */
  public Collection<String> files() {
    return files;
  }

  /** Returns whatever must be the same for the files to be of use. */
  public String format() {
    return format;
  }

  /** Returns what was committed with it: the positions in the log that it stands for; empty when it stands for none yet. */
  public Map<String, String> facts() {
    return facts;
  }

  /** Returns how much it holds, by what is counted. */
  public Map<String, Long> counts() {
    return counts;
  }

  @Override
  public void close() throws IOException {
    release.run();
  }
}
