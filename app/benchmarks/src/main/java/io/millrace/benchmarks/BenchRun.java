// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** One run of a bench: how thorough it is to be, and what it has found. Confined to the thread that measures. */
public final class BenchRun {
  private final Path data;
  private final boolean quick;
  private @Nullable String against;
  private final @Nullable DomainPlace domain;
  private final Consumer<String> progress;
  private final List<Row> rows = new ArrayList<>();

  /** A run that has found nothing yet and measures no domain. */
  public BenchRun(Path data, boolean quick, @Nullable String against, Consumer<String> progress) {
    this(data, quick, against, null, progress);
  }

  /**
   * A run that has found nothing yet.
   *
   * @param data the folder of public data sets, which need not exist; see {@link PublicData}
   * @param quick whether an answer within 5 minutes is wanted
   * @param against one of the bench's peers, null for none
   * @param domain what is measured by a bench that {@linkplain Bench#takesDomain() takes one}; null for none
   * @param progress takes a line for people whenever something begins or is known
   */
  public BenchRun(
      Path data, boolean quick, @Nullable String against, @Nullable DomainPlace domain, Consumer<String> progress) {
    this.data = data;
    this.domain = domain;
    this.quick = quick;
    this.against = against;
    this.progress = progress;
  }

  /** The folder of public data sets, which need not exist. */
  public Path data() {
    return data;
  }

  /** Whether an answer within 5 minutes is wanted. */
  public boolean quick() {
    return quick;
  }

  /** The peer beside which to measure, null for none. */
  public @Nullable String against() {
    return against;
  }

  /**
   * The domain to measure.
   *
   * @throws IllegalArgumentException when none was named
   */
  public DomainPlace domain() {
    if (domain == null) {
      throw new IllegalArgumentException("no domain to measure: name one with --domain");
    }
    return domain;
  }

  /** Goes on without the peer, which cannot run here. */
  public void withoutPeer(String why) {
    say("Without " + against + ": " + why);
    against = null;
  }

  /** Tells people what goes on. */
  public void say(String line) {
    progress.accept(line);
  }

  /** Takes a figure. */
  public void add(Row row) {
    rows.add(row);
    say("  " + row);
  }

  /** What was found so far. */
  public List<Row> rows() {
    return List.copyOf(rows);
  }
}
