// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.train;

import io.millrace.cli.Place;
import io.millrace.core.registry.ArtifactRegistry;
import io.millrace.core.registry.ArtifactVersion;
import io.millrace.core.registry.DirectoryArtifactRegistry;
import io.millrace.core.registry.RunBoard;
import io.millrace.core.registry.Staging;
import io.millrace.train.Progress;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What a domain's registry is told of a run: a notice that the console shows while it goes on, and a version when it
 * has ended well. Without a domain or a name nobody is told.
 */
final class Registration implements AutoCloseable {
  private static final Duration BETWEEN_NOTICES = Duration.ofSeconds(1);

  private final @Nullable Path root;
  private final String name;
  private final String kind;
  private final Path folder;
  private final String stage;
  private final String settings;
  private RunBoard.@Nullable Run notice;

  private Registration(@Nullable Path root, String name, String kind, String stage, Path folder, String settings) {
    this.root = root;
    this.name = name;
    this.kind = kind;
    this.stage = stage;
    this.folder = folder;
    this.settings = settings;
  }

  /** One that keeps nothing. */
  static Registration none(String kind, String stage, Path folder) {
    return new Registration(null, "", kind, stage, folder, "");
  }

  static Registration open(RunOptions run, String kind, String stage, Path folder) {
    if (run.register == null && run.domain == null) {
      return none(kind, stage, folder);
    }
    Place place = Place.of(run.domain);
    String own = run.register == null ? stage : run.register;
    String name = own.contains("/") ? own : place.pack().name() + "/" + own;
    place.registry().versions(name); // refuses names that cannot be
    Registration registration = new Registration(
        place.home().resolve("registry"), name, kind, stage, folder, run.optimisation().toString());
    registration.put(RunBoard.State.RUNNING, 0, 0, null, 0, null);
    return registration;
  }

  void progress(Progress progress) {
    RunBoard.Run last = notice;
    if (last != null && last.seen().plus(BETWEEN_NOTICES).isBefore(Instant.now())) {
      put(RunBoard.State.RUNNING, progress.step(), progress.total(), progress.loss(), progress.remaining().toSeconds(), null);
    }
  }

  void stopped() {
    end(RunBoard.State.STOPPED, null);
  }

  void failed(Exception problem) {
    end(RunBoard.State.FAILED, String.valueOf(problem.getMessage()));
  }

  private void end(RunBoard.State state, @Nullable String problem) {
    RunBoard.Run last = notice;
    if (last != null) {
      put(state, last.step(), last.total(), last.loss(), 0, problem);
    }
  }

  private void put(
      RunBoard.State state, long step, long total, @Nullable Double loss, long remaining, @Nullable String problem) {
    if (root == null) {
      return;
    }
    RunBoard.Run last = notice;
    Instant now = Instant.now();
    String id = last != null ? last.id()
        : stage + "-" + hash(folder.toAbsolutePath().normalize().toString()).substring(0, 12);
    notice = new RunBoard.Run(id, stage, name, folder.resolve("metrics.jsonl").toAbsolutePath().toString(), state,
        last == null ? now : last.began(), now, step, total, loss, remaining, problem);
    new RunBoard(root).put(notice);
  }

  /** Keeps the result as a version; its reference, or null where none was asked for. */
  @Nullable String finished(StageResult result, Path output, @Nullable Path base) throws IOException {
    if (root == null) {
      return null;
    }
    if (result.outcome() != null) {
      long steps = result.outcome().steps();
      put(RunBoard.State.FINISHED, steps, steps, result.outcome().finalLoss(), 0, null);
    }
    ArtifactRegistry registry = DirectoryArtifactRegistry.open(root);
    Map<String, String> all = new TreeMap<>(result.inputs());
    all.put("stage", stage);
    all.put("optimisation", settings);
    if (base != null) {
      all.put("base", base.toAbsolutePath().normalize().toString());
    }
    try (Staging staging = registry.stage(name, kind)) {
      copy(output, staging.directory());
      Path curve = folder.resolve("metrics.jsonl");
      if (Files.isRegularFile(curve)) {
        Files.copy(curve, staging.directory().resolve("metrics.jsonl"));
      }
      ArtifactVersion version = staging.commit(hash(all.toString()), parents(registry, base), all, result.scores());
      return version.reference();
    }
  }

  /** The version whose files the base is, if it is one of this registry. */
  private List<String> parents(ArtifactRegistry registry, @Nullable Path base) {
    if (base == null) {
      return List.of();
    }
    Path wanted = base.toAbsolutePath().normalize();
    return registry.names().stream()
        .flatMap(known -> registry.versions(known).stream())
        .filter(version -> wanted.startsWith(registry.directory(version)))
        .map(ArtifactVersion::reference)
        .toList();
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path path : (Iterable<Path>) all::iterator) {
        Path target = to.resolve(from.relativize(path).toString());
        if (Files.isDirectory(path)) {
          Files.createDirectories(target);
        } else {
          Files.copy(path, target);
        }
      }
    }
  }

  static String hash(String text) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JDK lacks SHA-256", e);
    }
  }

  /** A run that ends without a word, as by an error, is not left as running. */
  @Override
  public void close() {
    RunBoard.Run last = notice;
    if (last != null && last.state() == RunBoard.State.RUNNING) {
      end(RunBoard.State.STOPPED, null);
    }
  }
}
