// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.registry;

import io.millrace.core.json.Json;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Notices of training runs that are under way or ended lately, in a registry's directory: whoever trains puts them up
 * and renews them, whoever shows models reads them. A notice says where the run's metrics lie; they stay there.
 */
public final class RunBoard {
  /** How a run stands. */
  public enum State {
    RUNNING,
    FINISHED,
    /** Was interrupted and can be continued. */
    STOPPED,
    FAILED
  }

  /**
   * A notice.
   *
   * @param id of the run; letters, digits and hyphens
   * @param stage what is done, such as pretraining
   * @param name what it makes, for people
   * @param metrics file with a JSON line a step
   * @param state as the run said last
   * @param began when the run, or its continuation, began
   * @param seen when the notice was renewed last
   * @param step steps done
   * @param total steps in all, estimated
   * @param loss of the last step; null before the first
   * @param remainingSeconds estimated
   * @param problem what went wrong; null if nothing did
   */
  public record Run(
      String id,
      String stage,
      String name,
      String metrics,
      State state,
      Instant began,
      Instant seen,
      long step,
      long total,
      @Nullable Double loss,
      long remainingSeconds,
      @Nullable String problem) {

    /** Whether it says that it runs but has not been heard of for so long that its process must have died. */
    public boolean silent(Instant now) {
      return state == State.RUNNING && seen.plus(SILENCE).isBefore(now);
    }
  }

  private static final Duration SILENCE = Duration.ofMinutes(2);
  private static final int KEPT = 50;
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9-]{0,100}");
  private static final String SUFFIX = ".json";

  private final Path directory;

  /** The board of a registry in a directory. */
  public RunBoard(Path registry) {
    this.directory = registry.resolve(".runs");
  }

  /** Puts a notice up, or renews it; the oldest ones go. */
  public void put(Run run) {
    try {
      Files.createDirectories(directory);
      boolean first = !Files.exists(file(run.id()));
      DurableFiles.replace(file(run.id()), Json.write(run));
      if (first) {
        List<Run> all = runs();
        for (Run old : all.subList(Math.min(KEPT, all.size()), all.size())) {
          Files.deleteIfExists(file(old.id()));
        }
      }
    } catch (IOException e) {
      throw DurableFiles.failure("put up a notice of a training run", directory, e);
    }
  }

  /** Returns all notices, the latest run first. */
  public List<Run> runs() {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    List<Run> runs = new ArrayList<>();
    try (Stream<Path> files = Files.list(directory)) {
      files.map(path -> path.getFileName().toString())
          .filter(name -> name.endsWith(SUFFIX) && !name.startsWith("."))
          .map(name -> find(name.substring(0, name.length() - SUFFIX.length())))
          .flatMap(Optional::stream)
          .forEach(runs::add);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + directory, e);
    }
    runs.sort(Comparator.comparing(Run::began).reversed());
    return runs;
  }

  /** Returns a notice; none also when it is torn or was taken down meanwhile. */
  public Optional<Run> find(String id) {
    if (!ID.matcher(id).matches()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Json.read(Files.readAllBytes(file(id)), Run.class));
    } catch (IOException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private Path file(String id) {
    if (!ID.matcher(id).matches()) {
      throw new IllegalArgumentException("run id '" + id + "': use letters, digits and hyphens");
    }
    return directory.resolve(id + SUFFIX);
  }
}
