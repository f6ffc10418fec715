// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.core.spi.Access;
import io.millrace.core.spi.Retriever;
import io.millrace.train.data.RelevantPair;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Where texts come from that look like an answer to a query but are none. */
@FunctionalInterface
public interface HardNegatives {
  /** Those that the data bring along. */
  HardNegatives GIVEN = (pairs, count) -> pairs.stream()
      .map(pair -> pair.negatives().subList(0, Math.min(count, pair.negatives().size()))).toList();

  /**
   * At most {@code count} texts for each pair, hardest first; the same ones each time, since a resumed run asks again.
   *
   * @return one list a pair, in their order
   */
  List<List<String>> of(List<RelevantPair> pairs, int count) throws IOException;

  /** Those that the data bring along, filled up from elsewhere where they are too few. */
  default HardNegatives afterGiven() {
    return (pairs, count) -> {
      List<List<String>> more = of(pairs, count);
      List<List<String>> all = new ArrayList<>();
      for (int i = 0; i < pairs.size(); i++) {
        List<String> texts = new ArrayList<>(pairs.get(i).negatives());
        more.get(i).stream().filter(text -> !texts.contains(text)).forEach(texts::add);
        all.add(List.copyOf(texts.subList(0, Math.min(count, texts.size()))));
      }
      return all;
    };
  }

  /**
   * The best hits of a retriever that are not the answer (Karpukhin et al. 2020, section 3.2, with BM25).
   *
   * @param skip so many of the best hits are passed over, which are often answers that nobody marked
   */
  static HardNegatives retrieved(Retriever retriever, int skip) {
    return (pairs, count) -> pairs.stream()
        .map(pair -> retriever.search(Retriever.Query.of(pair.query(), count + skip + 1, Access.UNLABELLED)).hits().stream()
            .map(hit -> hit.passage().text())
            .filter(text -> !text.equals(pair.positive()) && !text.equals(pair.query()))
            .skip(skip).limit(count).toList())
        .toList();
  }
}
