// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.generation;

/**
 * For whom a request is served and how.
 *
 * @param tenant requests of one tenant do not crowd out another's; empty for all who have no name
 * @param priority higher ones go first; 0 for most
 * @param adapter of the model's adapters, the one to answer with; empty for the model itself
 */
public record Service(String tenant, int priority, String adapter) {
  /** Nobody in particular, as it comes, with the model itself. */
  public static final Service STANDARD = new Service("", 0, "");
}
