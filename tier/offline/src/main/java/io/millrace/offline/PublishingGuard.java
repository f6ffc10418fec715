// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline;

import io.millrace.core.registry.ArtifactRegistry;
import io.millrace.core.registry.ArtifactVersion;
import io.millrace.core.spi.Guard;
import io.millrace.guard.GuardPolicy;
import io.millrace.guard.InjectionClassifier;
import io.millrace.guard.RiskGuard;

/**
 * Risk control as the gateway has it for what users put: the domain's policy, and the classifier that is in use, if there is one.
 *
 * @param reference says what it decides by: documents that another one judged must be judged again
 */
record PublishingGuard(Guard guard, String reference) {

  /**
   * Opens it.
   *
   * @throws IllegalArgumentException when the policy does not fit, or the classifier is damaged, naming the file
   */
  static PublishingGuard open(OfflineSettings settings, ArtifactRegistry registry) {
    GuardPolicy policy = GuardPolicy.load(settings.directory());
    ArtifactVersion version = registry.alias(settings.artifact(GuardStep.NAME), ArtifactRegistry.CHAMPION).orElse(null);
    InjectionClassifier classifier = version == null ? null : InjectionClassifier.load(registry.directory(version));
    return new PublishingGuard(
        new RiskGuard(policy, classifier),
        (version == null ? "rules" : version.reference()) + " with policy " + StepRunner.sha256(policy.toString()));
  }
}
