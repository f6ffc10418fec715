// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.answer;

import com.fasterxml.jackson.annotation.JsonProperty;

/** When the language model of another server is asked. */
public enum UpstreamUse {
  /** When a client names it. */
  @JsonProperty("named")
  NAMED,
  /** Also when the models here could not answer. */
  @JsonProperty("fallback")
  FALLBACK,
  /** Before the models here, which answer when it could not. */
  @JsonProperty("first")
  FIRST
}
