// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import io.millrace.core.registry.DurableFiles;
import io.millrace.memory.snapshot.SnapshotManifest;
import io.millrace.memory.snapshot.SnapshotShelf;
import io.millrace.memory.snapshot.SnapshotTaker;
import io.millrace.online.http.Fields;
import io.millrace.online.http.JsonBodies;
import io.millrace.online.http.Refusal;
import io.millrace.online.security.Caller;
import jakarta.servlet.http.HttpServletRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** {@code /v1/memory/snapshots}: takes, lists, checks and deletes snapshots of the memory; restoring is for the command line. */
@RestController
public final class SnapshotsApi {

  private static final Logger LOG = LoggerFactory.getLogger(SnapshotsApi.class);
  private static final int LONGEST_NAME = 64;
  private static final Duration RETRY = Duration.ofSeconds(10);

  private final SnapshotTaker taker;
  private final SnapshotShelf shelf;
  private final JsonBodies bodies;

  public SnapshotsApi(SnapshotTaker taker, SnapshotShelf shelf, JsonBodies bodies) {
    this.taker = taker;
    this.shelf = shelf;
    this.bodies = bodies;
  }

  /**
   * A snapshot.
   *
   * @param scheduled whether it makes room for later ones by itself
   * @param bytes of its files; those that the index or another snapshot holds, too, take no further place on disk
   * @param views by name
   */
  public record Snapshot(
      String name, Instant takenAt, boolean scheduled, long bytes, Map<String, String> models, String precision, Map<String, View> views) {
    private static Snapshot of(SnapshotManifest manifest) {
      Map<String, View> views = new TreeMap<>();
      manifest.views().forEach((name, view) -> views.put(name, new View(view.asOf(), view.counts(), view.files().size())));
      return new Snapshot(
          manifest.name(), manifest.takenAt(), manifest.scheduled(), manifest.bytes(), manifest.models(), manifest.precision(), views);
    }
  }

  /**
   * A view within a snapshot.
   *
   * @param asOf when it was committed
   * @param counts how much it holds, by what is counted
   */
  public record View(Instant asOf, Map<String, Long> counts, int files) {}

  /** All snapshots, oldest first, and what is wrong with those that cannot be read. */
  public record Snapshots(List<Snapshot> snapshots, List<Damaged> damaged) {}

  /** A snapshot that cannot be read. */
  public record Damaged(String name, String problem) {}

  /** What comparing every file with its checksum found: nothing, where it is sound. */
  public record Verified(String name, boolean sound, List<String> problems) {}

  /** Takes a snapshot; answers when it is there. */
  @PostMapping("/v1/memory/snapshots")
  @ResponseStatus(HttpStatus.CREATED)
  public Snapshot take(HttpServletRequest request) throws IOException {
    Caller.overview(request);
    Fields body = bodies.object(request);
    String name = body.optionalText("name", LONGEST_NAME).orElse(null);
    body.optionalText("domain", LONGEST_NAME).filter(domain -> !domain.equals(taker.domain())).ifPresent(
        domain -> {
          throw Refusal.conflict(
              "another_domain", "this gateway serves '" + taker.domain() + "', not '" + domain + "': ask the one that does, by its address");
        });
    try {
      return Snapshot.of(taker.take(name, false));
    } catch (IllegalArgumentException e) {
      throw Refusal.badRequest("name", String.valueOf(e.getMessage()));
    } catch (IllegalStateException e) {
      throw Refusal.conflict("snapshot_not_taken", String.valueOf(e.getMessage()));
    } catch (IOException | UncheckedIOException e) {
      LOG.warn("a snapshot of the memory failed", e);
      if (DurableFiles.diskFull(e)) {
        throw Refusal.diskFull("the snapshot could not be written, and nothing of it is left");
      }
      throw Refusal.unavailable(
          "snapshot_failed", "the snapshot could not be written, and nothing of it is left: " + e + "; put that right, then try again",
          RETRY);
    }
  }

  /** Lists snapshots. */
  @GetMapping("/v1/memory/snapshots")
  public Snapshots list(HttpServletRequest request) throws IOException {
    Caller.overview(request);
    List<SnapshotShelf.Listed> all = shelf.list();
    return new Snapshots(
        all.stream().map(SnapshotShelf.Listed::manifest).flatMap(Stream::ofNullable).map(Snapshot::of).toList(),
        all.stream().filter(each -> each.manifest() == null).map(each -> new Damaged(each.name(), each.problem())).toList());
  }

  /** Shows a snapshot's manifest, with its files. */
  @GetMapping("/v1/memory/snapshots/{name}")
  public SnapshotManifest get(@PathVariable String name, HttpServletRequest request) throws IOException {
    Caller.overview(request);
    return known(() -> shelf.manifest(name));
  }

  /** Compares all files of a snapshot with their checksums. */
  @PostMapping("/v1/memory/snapshots/{name}/verify")
  public Verified verify(@PathVariable String name, HttpServletRequest request) throws IOException {
    Caller.overview(request);
    List<String> problems = known(() -> shelf.verify(name));
    return new Verified(name, problems.isEmpty(), problems);
  }

  /** Deletes a snapshot. */
  @DeleteMapping("/v1/memory/snapshots/{name}")
  public Map<String, String> delete(@PathVariable String name, HttpServletRequest request) throws IOException {
    Caller.overview(request);
    known(
        () -> {
          shelf.delete(name);
          return true;
        });
    return Map.of("name", name, "status", "deleted");
  }

  /** Something that is asked of the shelf. */
  @FunctionalInterface
  private interface Task<T> {
    T run() throws IOException;
  }

  private static <T> T known(Task<T> task) throws IOException {
    try {
      return task.run();
    } catch (IllegalArgumentException e) {
      throw Refusal.notFound("snapshot_not_found", "name", String.valueOf(e.getMessage()));
    } catch (IllegalStateException e) {
      throw Refusal.conflict("snapshot_damaged", String.valueOf(e.getMessage()));
    }
  }
}
