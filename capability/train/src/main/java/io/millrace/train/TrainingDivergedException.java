// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.List;

/** The loss or the gradient is no longer a number, or the loss has exploded; the last good checkpoint is unharmed. */
public final class TrainingDivergedException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private static final int SHOWN = 8;

  private final long step;
  private final double loss;
  private final transient List<String> documents;
  private final transient @Nullable Path checkpoint;

  TrainingDivergedException(
      String stage, long step, double loss, String what, List<String> documents, @Nullable Path checkpoint) {
    super("%s diverged at step %d: %s.%s %s Lower the learning rate, or look for broken data.".formatted(
        stage, step, what, read(documents),
        checkpoint == null ? "There is no checkpoint yet." : "The last good checkpoint is " + checkpoint + "."));
    this.step = step;
    this.loss = loss;
    this.documents = List.copyOf(documents);
    this.checkpoint = checkpoint;
  }

  private static String read(List<String> documents) {
    if (documents.isEmpty()) {
      return "";
    }
    int more = documents.size() - SHOWN;
    return " The step read " + String.join(", ", documents.subList(0, Math.min(SHOWN, documents.size())))
        + (more > 0 ? " and " + more + " more" : "") + ".";
  }

  /** The step at which it was noticed, from 1. */
  public long step() {
    return step;
  }

  /** The loss of that step. */
  public double loss() {
    return loss;
  }

  /** What that step read, for people; empty where a stage does not know. */
  public List<String> documents() {
    return documents;
  }

  /** Where the same run can be taken up again; null if nothing was written yet. */
  public @Nullable Path checkpoint() {
    return checkpoint;
  }
}
