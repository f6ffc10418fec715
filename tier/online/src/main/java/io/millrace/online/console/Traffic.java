// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.console;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.millrace.core.registry.ArtifactVersion;
import io.millrace.online.model.CanaryShare;
import io.millrace.online.model.ServedModels;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What a served version did since this gateway started, so that a version on trial can be held against the one in use.
 *
 * @param version which
 * @param trial whether it is on trial
 * @param share of the users who get it, from 0 to 1
 * @param count questions that it was asked; verdicts where it is risk control
 * @param quoted those of them that were answered with quotations instead
 * @param refused those of them that were refused
 * @param meanMillis mean time of the answers, all steps together; not a number for risk control
 */
public record Traffic(
    ArtifactVersion version, boolean trial, double share, long count, long quoted, long refused, double meanMillis) {

  /** Returns the versions of an artifact that are served: none, the one in use, or that and the one on trial. */
  static List<Traffic> of(String name, ServedModels models, CanaryShare share, MeterRegistry meters) {
    List<ArtifactVersion> trials = models.trials().stream().filter(version -> version.name().equals(name)).toList();
    List<Traffic> all = new ArrayList<>();
    double others = trials.isEmpty() ? 1 : 1 - share.share();
    models.versions().stream()
        .filter(version -> version.name().equals(name))
        .forEach(version -> all.add(of(version, false, others, meters)));
    trials.forEach(version -> all.add(of(version, true, share.share(), meters)));
    return all;
  }

  private static Traffic of(ArtifactVersion version, boolean trial, double share, MeterRegistry meters) {
    boolean judge = version.name().endsWith("/guard");
    String counter = judge ? "millrace.verdicts" : "millrace.answers";
    String outcome = judge ? "decision" : "mode";
    double count = 0;
    double quoted = 0;
    double refused = 0;
    for (Counter each : meters.find(counter).tag("model", version.reference()).counters()) {
      String how = String.valueOf(each.getId().getTag(outcome));
      count += each.count();
      quoted += how.equals("quote") ? each.count() : 0;
      refused += how.equals("refused") || how.equals("refuse") ? each.count() : 0;
    }
    Timer time = meters.find("millrace.answer.step").tag("step", "total").tag("model", version.reference()).timer();
    double mean = judge || time == null ? Double.NaN : time.mean(TimeUnit.MILLISECONDS);
    return new Traffic(version, trial, share, (long) count, (long) quoted, (long) refused, mean);
  }
}
