// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline;

import io.millrace.core.registry.ArtifactVersion;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** One step of the pipeline: from versions of artifacts and settings to one new artifact. */
interface Step {

  /**
   * What a step made.
   *
   * @param scores to be recorded with the version
   * @param notes what people should know
   */
  record Product(Map<String, Double> scores, List<String> notes) {}

  /** Returns the last part of the artifact's name. */
  String name();

  /** Returns the artifact's kind, under which {@code domain.yaml} has its gates. */
  String kind();

  /** Returns what the step does, for people. */
  String purpose();

  /**
   * Returns how often the step's code changed what it makes from the same inputs; counting it up makes earlier
   * results stale.
   */
  int revision();

  /** Returns the names of the steps whose artifacts go in. */
  List<String> needs();

  /**
   * Returns all else that goes in: settings and, for files, their checksums.
   *
   * @throws IllegalArgumentException when a setting cannot be used
   */
  Map<String, String> settings();

  /**
   * Makes the artifact.
   *
   * @param inputs the directories of the needed artifacts, by step
   * @param output an empty directory for the files
   * @param work a directory in which an interrupted run of the same inputs left what it had; removed after the commit
   * @throws IllegalArgumentException when an input cannot be used, saying which, why and what to do
   * @throws java.util.concurrent.CancellationException when it was cancelled
   */
  Product build(Map<String, Path> inputs, Path output, Path work, StepProgress progress) throws IOException;

  /**
   * Returns why the step has nothing to do with these inputs; null when it has.
   *
   * @param inputs the directories of the needed artifacts, by step
   */
  default @Nullable String idle(Map<String, Path> inputs) throws IOException {
    return null;
  }

  /** Returns in a few words what a version holds, for example {@code 5,659 documents}. */
  String describe(ArtifactVersion version);
}
