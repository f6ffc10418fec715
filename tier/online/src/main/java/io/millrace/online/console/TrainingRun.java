// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.console;

import io.millrace.core.registry.RunBoard;
import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A training run as the models page shows it.
 *
 * @param run what it says of itself
 * @param state {@code running}, {@code finished}, {@code stopped}, {@code failed}, or {@code silent} where its process
 *     must have died
 */
public record TrainingRun(RunBoard.Run run, String state) {
  /**
   * What the script asks for while a run goes on.
   *
   * @param state see {@link TrainingRun}; {@code gone} when nobody knows the run any more
   * @param columns curves by name, see {@link Curves}
   */
  record Live(
      String state, long step, long total, long remainingSeconds, Map<String, List<@Nullable Double>> columns) {
    static final Live GONE = new Live("gone", 0, 0, 0, Map.of());
  }

  static TrainingRun now(RunBoard.Run run) {
    return new TrainingRun(
        run, run.silent(Instant.now()) ? "silent" : run.state().name().toLowerCase(Locale.ROOT));
  }

  static Live live(RunBoard.Run run) {
    return new Live(now(run).state, run.step(), run.total(), run.remainingSeconds(), Curves.live(run).columns());
  }
}
