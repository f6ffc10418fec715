// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

import io.millrace.core.document.Document;
import io.millrace.core.json.Json;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.util.Collector;

/** Sends a document's identity to the buckets in which its copies would be found as well. */
final class Fingerprints implements FlatMapFunction<Tuple2<String, String>, Tuple2<String, String>> {

  private static final long serialVersionUID = 1L;

  @Override
  public void flatMap(Tuple2<String, String> document, Collector<Tuple2<String, String>> out) {
    Shingles shingles = Shingles.of(Json.read(document.f1, Document.class).text());
    out.collect(Tuple2.of("x" + exact(shingles), document.f0));
    if (shingles.size() >= NearDuplicates.FEWEST_SHINGLES) {
      for (long key : MinHash.bands(shingles)) {
        out.collect(Tuple2.of(Long.toHexString(key), document.f0));
      }
    }
  }

  /** Equal for texts with the same words in about the same order: candidates are compared afterwards anyway. */
  private static String exact(Shingles shingles) {
    long hash = shingles.size();
    for (int i = 0; i < shingles.size(); i++) {
      hash = Shingles.mix(hash * 31 + shingles.hash(i));
    }
    return Long.toHexString(hash);
  }
}
