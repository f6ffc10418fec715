// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.generation;

/**
 * A call that a model asks for.
 *
 * @param id under which the result is given back
 * @param name of the tool
 * @param arguments a JSON object as text
 */
public record ToolCall(String id, String name, String arguments) {}
