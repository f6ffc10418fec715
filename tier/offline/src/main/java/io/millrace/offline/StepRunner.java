// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline;

import io.millrace.core.json.Json;
import io.millrace.core.registry.AliasMove;
import io.millrace.core.registry.ArtifactRegistry;
import io.millrace.core.registry.ArtifactVersion;
import io.millrace.core.registry.Staging;
import io.millrace.evaluate.GateKeeper;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/**
 * Runs steps one after another. A step whose inputs have the hash of an earlier version's is not run again; a version
 * becomes the champion when the gates for its kind hold.
 */
final class StepRunner {

  /** How the reason begins when this class moves the champion. */
  private static final String BY_GATE = "by its gate: ";

  private final OfflineSettings settings;
  private final ArtifactRegistry registry;
  private final ProgressListener listener;
  private final BooleanSupplier cancelled;
  private final Map<String, ArtifactVersion> results = new LinkedHashMap<>();

  StepRunner(
      OfflineSettings settings, ArtifactRegistry registry, ProgressListener listener, BooleanSupplier cancelled) {
    this.settings = settings;
    this.registry = registry;
    this.listener = listener;
    this.cancelled = cancelled;
  }

  /** Returns the version that a step made or found. */
  ArtifactVersion result(String step) {
    ArtifactVersion version = results.get(step);
    if (version == null) {
      throw new IllegalStateException("step '" + step + "' has no result yet: run it first");
    }
    return version;
  }

  /** Finds a step's result without running it; refuses when there is none. */
  void find(Step step) {
    ArtifactVersion version =
        registry
            .findByInputs(settings.artifact(step.name()), hash(step))
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "step '" + step.name() + "' has no result for these settings: run it too"));
    results.put(step.name(), version);
  }

  /** Runs a step unless its result is there already. */
  StepReport run(Step step) throws IOException {
    long start = System.nanoTime();
    StepProgress progress = new StepProgress(step.name(), listener, cancelled);
    progress.check();
    String name = settings.artifact(step.name());
    String hash = hash(step);
    ArtifactVersion version = registry.findByInputs(name, hash).orElse(null);
    StepReport.Outcome outcome = version == null ? StepReport.Outcome.BUILT : StepReport.Outcome.CACHED;
    List<String> notes = new ArrayList<>();
    if (version == null) {
      String idle = step.idle(directories(step));
      if (idle != null) {
        return report(step, "", StepReport.Outcome.SKIPPED, idle, Map.of(), notes, false, start);
      }
      listener.started(step.name(), step.purpose());
      version = build(step, name, hash, progress, notes);
    }
    results.put(step.name(), version);
    boolean served = promote(step, version, notes);
    return report(
        step, version.reference(), outcome, step.describe(version), version.scores(), notes, served, start);
  }

  private ArtifactVersion build(
      Step step, String name, String hash, StepProgress progress, List<String> notes) throws IOException {
    Path works = settings.work(step.name());
    Path work = works.resolve(hash.substring(0, 12));
    StepFiles.deleteOthers(works, work);
    Files.createDirectories(work);
    try (Staging staging = registry.stage(name, step.kind())) {
      Step.Product product = step.build(directories(step), staging.directory(), work, progress);
      progress.check();
      notes.addAll(product.notes());
      ArtifactVersion version = staging.commit(hash, inputs(step), step.settings(), product.scores());
      StepFiles.delete(works);
      return version;
    }
  }

  private StepReport report(
      Step step,
      String artifact,
      StepReport.Outcome outcome,
      String built,
      Map<String, Double> scores,
      List<String> notes,
      boolean served,
      long start) {
    Duration duration = Duration.ofNanos(System.nanoTime() - start);
    StepReport report = new StepReport(step.name(), artifact, outcome, built, scores, notes, served, duration);
    listener.finished(report);
    return report;
  }

  /**
   * Moves the champion to a version that passes its gates. Going back to earlier settings serves the earlier version
   * again, but where a person moved the champion away from a version, that is not undone.
   */
  private boolean promote(Step step, ArtifactVersion version, List<String> notes) {
    GateKeeper.Verdict verdict =
        GateKeeper.judge(settings.pack().gates().getOrDefault(step.kind(), List.of()), version.scores());
    String name = version.name();
    if (!verdict.passed()) {
      notes.add("not served; " + verdict.text());
    } else {
      List<AliasMove> moves = registry.history(name, ArtifactRegistry.CHAMPION);
      int held = 0;
      while (held < moves.size() && moves.get(held).version() != version.version()) {
        held++;
      }
      if (held > 0 && held < moves.size() && !moves.get(held - 1).reason().startsWith(BY_GATE)) {
        notes.add("not served, since the champion was moved by hand: " + moves.get(held - 1).reason());
      } else if (held > 0 || moves.isEmpty()) {
        registry.promote(name, ArtifactRegistry.CHAMPION, version.version(), BY_GATE + verdict.text());
      }
    }
    return registry
        .alias(name, ArtifactRegistry.CHAMPION)
        .filter(champion -> champion.version() == version.version())
        .isPresent();
  }

  private Map<String, Path> directories(Step step) {
    Map<String, Path> directories = new TreeMap<>();
    step.needs().forEach(need -> directories.put(need, registry.directory(result(need))));
    return directories;
  }

  private List<String> inputs(Step step) {
    return step.needs().stream().map(need -> result(need).reference()).toList();
  }

  /**
   * The inputs' hashes stand for their contents: a version that was made again from the same inputs, for example in
   * another registry, counts as the same.
   */
  private String hash(Step step) {
    Map<String, Object> all = new TreeMap<>();
    all.put("step", step.name());
    all.put("revision", step.revision());
    all.put("settings", new TreeMap<>(step.settings()));
    all.put("inputs", step.needs().stream().map(need -> need + " " + result(need).inputsHash()).toList());
    return sha256(Json.write(all));
  }

  static String sha256(String text) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }
}
