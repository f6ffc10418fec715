// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import org.jspecify.annotations.Nullable;

/**
 * Where the memory lies.
 *
 * @param solr in SolrCloud; null for an index in the gateway's home directory
 */
public record MemoryPlan(@Nullable SolrPlan solr) {

  /** In the gateway's home directory. */
  public static final MemoryPlan EMBEDDED = new MemoryPlan(null);
}
