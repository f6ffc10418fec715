// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.solr;

import io.millrace.core.spi.Access;
import io.millrace.core.spi.Retriever.Query;

import java.time.Instant;
import java.util.Map;
import java.util.TreeSet;

/** What keeps out of a search what its reader may not see, or did not ask for. All queries of a search are filtered so, before anything is scored. */
final class SolrFilters {
  private SolrFilters() {}

  /** Adds what the reader may see; Solr keeps the answer for each set of labels. */
  static void access(Map<String, String> form, Access access) {
    if (!access.everything()) {
      form.put("fq", "{!terms f=" + SolrLayout.READERS + " v=$readers}");
      form.put("readers", SolrLayout.EVERYBODY + (access.labels().isEmpty() ? "" : ",") + String.join(",", new TreeSet<>(access.labels())));
    }
  }

  /** Adds what a query is limited to. */
  static void query(Map<String, String> form, Query query, Instant now) {
    long millis = now.toEpochMilli();
    StringBuilder also = new StringBuilder("{!bool must=$any must_not=$over must_not=$early cache=false");
    form.put("any", "*:*");
    form.put("over", SolrLayout.VALID_UNTIL + ":[* TO " + millis + "]");
    form.put("early", SolrLayout.VALID_FROM + ":[" + (millis + 1) + " TO *]");
    if (query.language() != null) {
      also.append(" filter=$spoken");
      form.put("spoken", "{!term f=" + SolrLayout.LANGUAGE + "}" + query.language().code());
    }
    if (!query.documentPrefix().isEmpty()) {
      also.append(" filter=$below");
      form.put("below", "{!prefix f=" + SolrLayout.DOCUMENT + " v=$prefix}");
      form.put("prefix", query.documentPrefix());
    }
    form.put("fq.query", also.append("}").toString());
  }
}
