// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.generation;

/** Whether a model may, must or must not call tools. */
public sealed interface ToolChoice {
  /** Text or calls, as the model likes. */
  ToolChoice AUTO = new Any(false);

  /** At least one call. */
  ToolChoice REQUIRED = new Any(true);

  /** No calls, although tools are described. */
  ToolChoice NONE = new None();

  /**
   * Any of the tools.
   *
   * @param required whether there must be a call
   */
  record Any(boolean required) implements ToolChoice {}

  /** No tool. */
  record None() implements ToolChoice {}

  /** Exactly this tool. */
  record Named(String name) implements ToolChoice {}
}
