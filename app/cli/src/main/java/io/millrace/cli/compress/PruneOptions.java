// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.compress;

import io.millrace.compress.PruningPlan;
import io.millrace.model.decoder.DecoderConfig;
import io.millrace.train.Budget;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

import java.time.Duration;

/** What remains of a pruned decoder, and how long it is taught. */
final class PruneOptions {
  @Option(names = "--layers", paramLabel = "N", order = 20, description = "With prune: blocks that remain; without it all.")
  @Nullable Integer layers;

  @Option(names = "--key-value-heads", paramLabel = "N", order = 21,
      description = "With prune: key-value heads that remain in each block, with their queries; without it all.")
  @Nullable Integer kvHeads;

  @Option(names = "--inner-units", paramLabel = "N", order = 22,
      description = "With prune: width inside the feed-forwards that remains, a multiple of 32; without it all.")
  @Nullable Integer innerUnits;

  @Option(names = "--distil-seconds", paramLabel = "N", order = 23,
      description = "With prune: so long the pruned model is taught by its parent on --calibrate (${DEFAULT-VALUE}).")
  int seconds = 0;

  PruningPlan plan(DecoderConfig config) {
    PruningPlan all = PruningPlan.all(config);
    return new PruningPlan(layers == null ? all.layers() : layers, kvHeads == null ? all.kvHeads() : kvHeads,
        innerUnits == null ? all.innerUnits() : innerUnits);
  }

  @Nullable Budget teaching() {
    return seconds == 0 ? null : Budget.ofTime(Duration.ofSeconds(seconds));
  }

  /** Refuses what only pruning understands. */
  void requireUnused() {
    if (layers != null || kvHeads != null || innerUnits != null || seconds != 0) {
      throw new IllegalArgumentException(
          "--layers, --key-value-heads, --inner-units and --distil-seconds go with --method prune");
    }
  }
}
