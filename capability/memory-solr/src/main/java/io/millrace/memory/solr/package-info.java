// SPDX-License-Identifier: Apache-2.0
/** The external memory on SolrCloud: shards propose, and what they propose is judged here. */
@NullMarked
package io.millrace.memory.solr;

import org.jspecify.annotations.NullMarked;
