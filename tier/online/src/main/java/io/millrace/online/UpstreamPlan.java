// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import io.millrace.engine.upstream.UpstreamSettings;
import io.millrace.online.answer.UpstreamUse;
import org.jspecify.annotations.Nullable;

/**
 * Another server's language model and when it is asked.
 *
 * @param server null for none
 */
public record UpstreamPlan(@Nullable UpstreamSettings server, UpstreamUse use) {

  /** Nobody else is asked. */
  public static final UpstreamPlan NONE = new UpstreamPlan(null, UpstreamUse.NAMED);
}
