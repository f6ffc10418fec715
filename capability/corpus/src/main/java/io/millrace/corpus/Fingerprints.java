// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

import io.millrace.core.document.Document;
import io.millrace.core.json.Json;
import io.millrace.core.similarity.MinHash;
import io.millrace.core.similarity.Shingles;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.util.Collector;

/** Sends a document's identity to the buckets in which its copies would be found as well. */
final class Fingerprints implements FlatMapFunction<Tuple2<String, String>, Tuple2<String, String>> {

  private static final long serialVersionUID = 1L;

  @Override
  public void flatMap(Tuple2<String, String> document, Collector<Tuple2<String, String>> out) {
    Shingles shingles = Shingles.of(Json.read(document.f1, Document.class).text());
    out.collect(Tuple2.of("x" + Long.toHexString(shingles.fingerprint()), document.f0));
    if (shingles.size() >= NearDuplicates.FEWEST_SHINGLES) {
      for (long key : MinHash.bands(shingles)) {
        out.collect(Tuple2.of(Long.toHexString(key), document.f0));
      }
    }
  }
}
