// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline;

import io.millrace.train.RunControl;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;

/** What all training steps share: how a run is watched, stopped and continued, and where its loss curve goes. */
final class Training {

  private Training() {}

  /** Returns the control of a run that keeps its checkpoints in a directory. */
  static RunControl control(Path work, StepProgress progress) {
    return RunControl.in(work)
        .listener(
            p ->
                progress.update(
                    p.step(),
                    Math.max(p.step(), p.total()),
                    "steps",
                    p.remaining(),
                    String.format(Locale.ROOT, "loss %.3f, %,.0f tokens/s", p.loss(), p.tokensPerSecond())))
        .cancelled(progress::stopped);
  }

  /** Copies the loss curve of a run that has ended. */
  static void keepCurve(Path work, Path file) throws IOException {
    Path curve = work.resolve("metrics.jsonl");
    if (Files.isRegularFile(curve)) {
      Files.copy(curve, file, StandardCopyOption.REPLACE_EXISTING);
    }
  }
}
