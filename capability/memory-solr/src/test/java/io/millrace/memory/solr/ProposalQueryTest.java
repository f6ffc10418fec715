// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.solr;

import io.millrace.core.document.Language;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Retriever.Query;
import io.millrace.memory.PassageShards.Proposal;
import io.millrace.memory.SearchSettings;
import io.millrace.memory.SoughtWords;
import io.millrace.memory.SoughtWords.FieldWord;
import io.millrace.memory.WordCounts;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;

class ProposalQueryTest {

  private static final String BODY = "body.latin";

  @Test
  void looksAtPassagesWithRareWordsOnlyWhereOthersAreCommon() {
    Map<String, String> form = new ProposalQuery(4).words(proposal(Map.of("java", 90_000_000L, "poll", 20_000L, "rebalance", 90_000L)), 10);

    assertThat(form.get("lookedbody_latin.words")).isEqualTo("poll,rebalance");
    assertThat(form.get("bm")).contains("$w0", "$w1", "$w2"); // all of them weigh
  }

  @Test
  void looksAtSomethingWhereEveryWordIsCommon() {
    Map<String, String> form = new ProposalQuery(1).words(proposal(Map.of("java", 90_000_000L, "method", 80_000_000L)), 10);

    assertThat(form.get("lookedbody_latin.words")).isEqualTo("method");
  }

  @Test
  void looksAtNothingWhereNoWordIsHeld() {
    Map<String, String> form = new ProposalQuery(1).words(proposal(Map.of("nowhere", 0L)), 10);

    assertThat(form.get("fq.words")).isEqualTo("{!lucene cache=false v=$looked0}");
    assertThat(form.get("looked0")).isEqualTo("-*:*");
    assertThat(form.get("bm")).isEqualTo("0");
  }

  @Test
  void weighsTheWordsThatTellMostWhereThereAreMany() {
    Map<String, Long> counts = new HashMap<>();
    IntStream.rangeClosed(1, 100).forEach(i -> counts.put("w" + i, 1_000L * i));

    Map<String, String> form = new ProposalQuery(1).words(proposal(counts), 10);

    assertThat(form.keySet().stream().filter(key -> key.matches("w[0-9]+"))).hasSize(32);
    assertThat(IntStream.range(0, 32).mapToObj(i -> form.get("w" + i))).contains("w1", "w32").doesNotContain("w33");
    assertThat(form.get("bm")).doesNotContain("E-");
  }

  private static Proposal proposal(Map<String, Long> frequencies) {
    Map<FieldWord, Long> counted = new HashMap<>();
    frequencies.forEach((word, count) -> counted.put(new FieldWord(BODY, word), count));
    List<SoughtWords.Word> words =
        frequencies.keySet().stream().sorted().map(word -> new SoughtWords.Word(word, Map.of(BODY, 1.0), 1)).toList();
    return new Proposal(
        Query.of("?", 10, Access.EVERYTHING), Instant.EPOCH, new SoughtWords(words, List.of()),
        new WordCounts(Map.of(BODY, new WordCounts.Extent(100_000_000, 6_000_000_000L)), counted),
        SearchSettings.DEFAULT.ranking(Language.ENGLISH), Set.of(), Language.ENGLISH, null, 100);
  }
}
