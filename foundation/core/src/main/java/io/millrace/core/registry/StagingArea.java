// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.registry;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Where versions in the making live. The name of each directory says which process is writing it, so that the work
 * of one that died can be told from work in progress at any moment, also right after its directory was made.
 */
final class StagingArea {

  private static final Logger LOG = LoggerFactory.getLogger(StagingArea.class);

  /** A staging whose owner cannot be looked up, since it ran on another host, is left alone for so long. */
  private static final Duration FOREIGN_PATIENCE = Duration.ofDays(7);

  private final Path directory;

  StagingArea(Path directory) throws IOException {
    this.directory = directory;
    Files.createDirectories(directory);
  }

  /** What happens to the files in the end. */
  interface Commit {
    ArtifactVersion apply(
        Path files,
        String name,
        String kind,
        String inputsHash,
        List<String> inputs,
        Map<String, String> settings,
        Map<String, Double> scores);
  }

  /**
   * The process that is writing.
   *
   * @param startMillis tells it from a later process with the same number
   */
  record Owner(String host, long pid, long startMillis) {
    private static final Pattern DIRECTORY = Pattern.compile("(\\d+)-(\\d+)-([A-Za-z0-9._]*)-[0-9a-f-]{36}");

    /** A start is counted from the boot, whose time of day moves a little when the clock is set. */
    private static final long CLOCK_SLACK_MILLIS = 60_000;

    static Owner self() {
      ProcessHandle me = ProcessHandle.current();
      return new Owner(hostName(), me.pid(), startOf(me));
    }

    static Optional<Owner> of(Path staging) {
      Matcher name = DIRECTORY.matcher(staging.getFileName().toString());
      return name.matches()
          ? Optional.of(new Owner(name.group(3), Long.parseLong(name.group(1)), Long.parseLong(name.group(2))))
          : Optional.empty();
    }

    String newDirectory() {
      return pid + "-" + startMillis + "-" + host + "-" + UUID.randomUUID();
    }

    boolean onThisHost() {
      return host.equals(hostName());
    }

    boolean alive() {
      return ProcessHandle.of(pid)
          .filter(process -> process.isAlive() && Math.abs(startOf(process) - startMillis) < CLOCK_SLACK_MILLIS)
          .isPresent();
    }

    private static long startOf(ProcessHandle process) {
      return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    }

    private static String hostName() {
      try {
        return InetAddress.getLocalHost().getHostName().replaceAll("[^A-Za-z0-9._]", "_");
      } catch (UnknownHostException e) {
        return "localhost";
      }
    }
  }

  Staging begin(String name, String kind, Commit commit) {
    Path files = directory.resolve(Owner.self().newDirectory());
    try {
      Files.createDirectories(files);
      return new OpenStaging(files, name, kind, commit);
    } catch (IOException e) {
      throw DurableFiles.failure("begin a version of " + name, files, e);
    }
  }

  /** Removes what processes that have died left behind. */
  void sweep() throws IOException {
    List<Path> stagings;
    try (Stream<Path> list = Files.list(directory)) {
      stagings = list.toList();
    }
    for (Path staging : stagings) {
      Optional<Owner> owner = Owner.of(staging);
      boolean abandoned =
          owner.isPresent() && owner.get().onThisHost()
              ? !owner.get().alive()
              : Files.exists(staging) && olderThan(staging, FOREIGN_PATIENCE);
      if (abandoned) {
        LOG.info("sweeping {}: the process that was writing it has died", staging);
        DurableFiles.deleteTree(staging);
      }
    }
  }

  private static boolean olderThan(Path path, Duration age) throws IOException {
    return Files.getLastModifiedTime(path).toInstant().isBefore(Instant.now().minus(age));
  }

  /** A version being written by this process; used by one thread at a time. */
  private static final class OpenStaging implements Staging {

    private final Path files;
    private final String name;
    private final String kind;
    private final Commit commit;
    private boolean done;

    OpenStaging(Path files, String name, String kind, Commit commit) {
      this.files = files;
      this.name = name;
      this.kind = kind;
      this.commit = commit;
    }

    @Override
    public Path directory() {
      return files;
    }

    @Override
    public ArtifactVersion commit(
        String inputsHash, List<String> inputs, Map<String, String> settings, Map<String, Double> scores) {
      if (done) {
        throw new IllegalStateException("this version of " + name + " was committed or closed already");
      }
      ArtifactVersion version = commit.apply(files, name, kind, inputsHash, inputs, settings, scores);
      close();
      return version;
    }

    @Override
    public void close() {
      if (done) {
        return;
      }
      done = true;
      try {
        DurableFiles.deleteTree(files);
      } catch (IOException e) {
        throw DurableFiles.failure("clear away the unfinished version of " + name, files, e);
      }
    }
  }
}
