// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.console;

import io.millrace.core.registry.ArtifactRegistry;
import io.millrace.core.registry.ArtifactVersion;
import io.millrace.memory.learning.LearnedWeights;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/** What the models page shows of the artifact registry. */
public final class Shelf {

  /**
   * An artifact at a glance.
   *
   * @param latest its newest version
   * @param champion number of the version in use; null for none
   * @param canary number of the version on trial; null for none
   * @param versions how many there are
   */
  public record Row(
      ArtifactVersion latest, @Nullable Integer champion, @Nullable Integer canary, int versions) {}

  /**
   * Scores of several models side by side.
   *
   * @param models one a column
   * @param scores one a row
   */
  public record Comparison(List<ArtifactVersion> models, List<Score> scores) {}

  /**
   * One score of each model.
   *
   * @param name of the score
   * @param values one a model; null where it was not measured
   */
  public record Score(String name, List<@Nullable Measured> values) {}

  /**
   * A version with what it was made from.
   *
   * @param reference {@code name@version}
   * @param version null when the registry no longer has it
   */
  public record Ancestor(String reference, @Nullable ArtifactVersion version, List<Ancestor> inputs) {}

  private static final int DEEPEST = 6;

  /** What holds documents, or figures of what people did with them. */
  private static final Set<String> DATA = Set.of("sources", "corpus", "questions", LearnedWeights.KIND);

  private final ArtifactRegistry registry;

  Shelf(ArtifactRegistry registry) {
    this.registry = registry;
  }

  /**
   * Returns the artifacts, models first, each with its newest version.
   *
   * @param data whether also those that hold documents, and so count them
   */
  List<Row> rows(boolean data) {
    List<Row> rows = new ArrayList<>();
    for (String name : registry.names()) {
      List<ArtifactVersion> versions = registry.versions(name);
      if (!versions.isEmpty() && (data || !isData(versions.getLast()))) {
        rows.add(
            new Row(
                versions.getLast(),
                number(name, ArtifactRegistry.CHAMPION),
                number(name, ArtifactRegistry.CANARY),
                versions.size()));
      }
    }
    rows.sort(Comparator.comparing((Row row) -> !isModel(row.latest())).thenComparing(row -> row.latest().name()));
    return rows;
  }

  /** Returns the scores of the models in use, or of the newest ones where none is in use yet. */
  Comparison comparison() {
    List<ArtifactVersion> models = new ArrayList<>();
    TreeSet<String> names = new TreeSet<>();
    for (Row row : rows(false)) {
      if (isModel(row.latest())) {
        ArtifactVersion shown =
            registry.alias(row.latest().name(), ArtifactRegistry.CHAMPION).orElse(row.latest());
        models.add(shown);
        names.addAll(Measured.of(shown).keySet());
      }
    }
    List<Score> scores = new ArrayList<>();
    for (String name : names) {
      List<@Nullable Measured> values = new ArrayList<>();
      models.forEach(model -> values.add(Measured.of(model).get(name)));
      if (values.stream().filter(Objects::nonNull).count() > 1) {
        scores.add(new Score(name, values));
      }
    }
    return new Comparison(models, scores);
  }

  /** Returns what a version was made from, and that again from what. */
  List<Ancestor> ancestors(ArtifactVersion version) {
    return ancestors(version, DEEPEST);
  }

  private List<Ancestor> ancestors(ArtifactVersion version, int depth) {
    List<Ancestor> found = new ArrayList<>();
    for (String reference : version.inputs()) {
      ArtifactVersion input = find(reference);
      found.add(
          new Ancestor(
              reference, input, input == null || depth == 0 ? List.of() : ancestors(input, depth - 1)));
    }
    return found;
  }

  /** Returns references of the versions that were made from this one. */
  List<String> descendants(ArtifactVersion version) {
    List<String> found = new ArrayList<>();
    for (String name : registry.names()) {
      for (ArtifactVersion other : registry.versions(name)) {
        if (other.inputs().contains(version.reference())) {
          found.add(other.reference());
        }
      }
    }
    return found;
  }

  private @Nullable ArtifactVersion find(String reference) {
    int at = reference.lastIndexOf('@');
    if (at < 0) {
      return null;
    }
    try {
      return registry.version(reference.substring(0, at), Integer.parseInt(reference.substring(at + 1))).orElse(null);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private @Nullable Integer number(String name, String alias) {
    return registry.alias(name, alias).map(ArtifactVersion::version).orElse(null);
  }

  /** Returns whether an artifact is made of documents whatever their labels: its figures and notes tell of all of them. */
  static boolean isData(ArtifactVersion version) {
    return DATA.contains(version.kind());
  }

  private static boolean isModel(ArtifactVersion version) {
    return version.kind().contains("decoder") || version.kind().contains("reader");
  }
}
