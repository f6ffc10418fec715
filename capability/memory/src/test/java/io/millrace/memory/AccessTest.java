// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.log.PassageVectors;
import io.millrace.core.log.PassageVectors.PassageVector;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Retriever.Aim;
import io.millrace.core.spi.Retriever.Cause;
import io.millrace.core.spi.Retriever.Evidence;
import io.millrace.core.spi.Retriever.Hit;
import io.millrace.core.spi.Retriever.Query;
import io.millrace.core.spi.Retriever.Result;
import io.millrace.core.spi.Retriever.Standing;
import io.millrace.core.time.Deadline;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/** What a reader may not see has no part in anything that the index says: it says what one without it would. */
class AccessTest {

  private static final List<String> LABELS = List.of("a", "b", "tenant:c");
  private static final List<Access> READERS =
      List.of(
          Access.UNLABELLED, Access.of(Set.of("a")), Access.of(Set.of("b", "tenant:c")),
          Access.of(Set.of("a", "b", "tenant:c", "unused")), Access.of(Set.of("unused")));
  private static final List<String> WORDS =
      List.of(
          "wheel", "mill", "grain", "water", "stone", "IndexWriter", "addDocument", "flour", "miller", "river", "sack",
          "gear", "the", "of", "磨坊", "水车转动", "面粉", "河流", "consumer.poll", "shaft", "bread", "oven");

  @TempDir Path folder;

  /** A document as it was last written. */
  private record Written(List<Passage> passages, boolean embedded) {}

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5})
  void answersAsAnIndexWouldThatHoldsOnlyWhatTheReaderMaySee(int seed) throws IOException {
    Random random = new Random(seed);
    try (PassageIndex whole = index("whole")) {
      Map<String, Written> content = fill(whole, random);
      for (Access access : READERS) {
        try (PassageIndex part = index("part-" + READERS.indexOf(access))) {
          copy(content, access, part);
          for (int i = 0; i < 12; i++) {
            compare(whole, part, access, query(random), content.keySet());
          }
          for (String id : content.keySet()) {
            assertThat(whole.nearest(id, 5, access)).isEqualTo(part.nearest(id, 5, Access.EVERYTHING));
            assertThat(whole.embedding(id, access).isPresent()).isEqualTo(part.embedding(id, Access.EVERYTHING).isPresent());
          }
        }
      }
    }
  }

  @Test
  void doesSoAfterARestartToo() throws IOException {
    Random random = new Random(99);
    Map<String, Written> content;
    try (PassageIndex whole = index("whole")) {
      content = fill(whole, random);
      whole.commit(Map.of());
    }
    try (PassageIndex whole = index("whole");
        PassageIndex part = index("part")) {
      copy(content, READERS.get(2), part);
      for (int i = 0; i < 25; i++) {
        compare(whole, part, READERS.get(2), query(random), content.keySet());
      }
    }
  }

  @Test
  void aDocumentThatLosesALabelIsGoneForItsHoldersAndStaysForOthers() throws IOException {
    try (PassageIndex index = index("moving")) {
      Access a = Access.of(Set.of("a"));
      Access b = Access.of(Set.of("b"));
      index.put("d", List.of(passage("d", 0, "the wheel of the mill", Set.of("a"))));
      index.refresh();
      assertThat(ids(index, "wheel", a)).containsExactly("d");
      assertThat(ids(index, "wheel", b)).isEmpty();
      assertThat(ids(index, "wheel", Access.UNLABELLED)).isEmpty();
      index.put("d", List.of(passage("d", 0, "the wheel of the mill", Set.of("b"))));
      index.refresh();
      assertThat(ids(index, "wheel", a)).isEmpty();
      assertThat(ids(index, "wheel", b)).containsExactly("d");
      index.put("d", List.of(passage("d", 0, "the wheel of the mill", Set.of())));
      index.refresh();
      assertThat(ids(index, "wheel", Access.UNLABELLED)).containsExactly("d");
    }
  }

  @Test
  void whoeverWritesADocumentDoesNotLearnFromItsScoreHowManyOthersHaveAWord() throws IOException {
    try (PassageIndex index = index("probe")) {
      index.put("mine", List.of(passage("mine", 0, "bankruptcy of the mill", Set.of())));
      index.put("other", List.of(passage("other", 0, "grain and flour", Set.of())));
      index.refresh();
      Hit before = index.search(Query.of("bankruptcy", 5, Access.UNLABELLED)).hits().getFirst();
      for (int i = 0; i < 50; i++) {
        index.put("secret" + i, List.of(passage("secret" + i, 0, "bankruptcy " + "of this company ".repeat(i), Set.of("board"))));
      }
      index.refresh();
      Hit after = index.search(Query.of("bankruptcy", 5, Access.UNLABELLED)).hits().getFirst();
      assertThat(after).isEqualTo(before);
      // Whoever sees them all sees a word that says little: the test would notice if nothing had changed at all.
      assertThat(index.search(Query.of("bankruptcy", 100, Access.EVERYTHING)).hits())
          .filteredOn(hit -> hit.passage().documentId().equals("mine"))
          .allSatisfy(hit -> assertThat(raw(hit)).isLessThan(raw(before)));
    }
  }

  @Test
  void remembersWhoSeesWhatOnlyAsFarAsItMay() throws IOException {
    try (LuceneStore store =
        new LuceneStore(
            folder.resolve("cache"), "test", org.apache.lucene.index.IndexWriterConfig::new,
            new org.apache.lucene.search.SearcherFactory())) {
      for (int i = 0; i < 64; i++) {
        store.writer().addDocument(
            PassageFields.of(passage("d" + i, 0, "wheel", Set.of("l" + i)), new LatinAnalyzer(), null, null));
      }
      store.refresh();
      VisibleParts parts = new VisibleParts(2_000);
      for (int i = 0; i < 64; i++) {
        Access access = Access.of(Set.of("l" + i));
        int seen = store.search(searcher -> searcher.count(Sight.of(searcher.getIndexReader(), access, parts).filter()));
        assertThat(seen).isEqualTo(1);
      }
      assertThat(parts.size()).isLessThan(16);
    }
  }

  private PassageIndex index(String name) {
    return new PassageIndex(
        folder.resolve(name),
        Map.of(Language.ENGLISH, new WordVectors("en", 24), Language.CHINESE, new WordVectors("zh", 20)),
        SearchSettings.DEFAULT.with(ranking -> ranking.withGraph(new Ranking.GraphWeight(0.5, 0.3))));
  }

  /** Puts, changes, relabels and deletes documents, over several segments; returns what is left, in the order of last writing. */
  private static Map<String, Written> fill(PassageIndex index, Random random) throws IOException {
    Map<String, Written> content = new LinkedHashMap<>();
    for (int step = 0; step < 60; step++) {
      String id = List.of("lib/", "app/").get(random.nextInt(2)) + "D" + random.nextInt(24);
      content.remove(id);
      if (random.nextInt(8) == 0) {
        index.delete(id);
      } else {
        List<Passage> passages = passages(id, random);
        index.put(id, passages);
        boolean embedded = random.nextInt(4) > 0;
        if (embedded) {
          embed(index, id, passages);
        }
        content.put(id, new Written(passages, embedded));
      }
      if (random.nextInt(15) == 0) {
        index.refresh();
      }
    }
    index.refresh();
    return content;
  }

  private static void copy(Map<String, Written> content, Access access, PassageIndex part) throws IOException {
    for (Map.Entry<String, Written> each : content.entrySet()) {
      List<Passage> passages = each.getValue().passages();
      if (access.sees(passages.getFirst().labels())) {
        if (each.getValue().embedded()) {
          embed(part, each.getKey(), passages);
        }
        part.put(each.getKey(), passages);
      }
    }
    part.refresh();
  }

  private static List<Passage> passages(String id, Random random) {
    Set<String> labels =
        random.nextInt(3) == 0 ? Set.of() : LABELS.stream().filter(label -> random.nextInt(2) == 0).collect(Collectors.toSet());
    return IntStream.range(0, 1 + random.nextInt(2))
        .mapToObj(i -> passage(id, i, words(random, 3 + random.nextInt(30)), labels))
        .toList();
  }

  private static String words(Random random, int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> WORDS.get((int) (WORDS.size() * Math.pow(random.nextDouble(), 1.5))))
        .collect(Collectors.joining(" "));
  }

  private static Passage passage(String id, int ordinal, String text, Set<String> labels) {
    String heading = text.length() % 3 == 0 ? text.split(" ")[0] : "";
    return new Passage(
        id + "#" + ordinal, id, ordinal, "s" + ordinal, text.length() % 4 == 0 ? List.of() : List.of(id.split("/")), heading, text,
        Language.of(text), null, labels).withLinks(links(text));
  }

  /** Some passages point to documents, of which some are there, and some of those to be seen. */
  private static List<String> links(String text) {
    return text.length() % 2 == 0 ? List.of() : List.of("lib/D" + text.length() % 24, "app/D" + text.length() % 7 + "#s0");
  }

  private static void embed(PassageIndex index, String id, List<Passage> passages) throws IOException {
    for (Language language : Language.values()) {
      WordVectors model = language == Language.ENGLISH ? new WordVectors("en", 24) : new WordVectors("zh", 20);
      List<PassageVector> vectors =
          passages.stream()
              .filter(passage -> passage.language() == language)
              .map(passage -> new PassageVector(TextHash.of(passage), model.vector(passage.textInContext())))
              .toList();
      if (!vectors.isEmpty()) {
        index.putVectors(id, new PassageVectors(id, model.model(), vectors));
      }
    }
  }

  private static Query query(Random random) {
    Language language = List.of(Language.ENGLISH, Language.CHINESE).get(random.nextInt(2));
    return new Query(
        random.nextInt(12) == 0 ? "?" : words(random, 1 + random.nextInt(6)),
        random.nextInt(3) == 0 ? language : null,
        1 + random.nextInt(20),
        random.nextInt(4) == 0 ? "lib/" : "",
        Deadline.NONE,
        Access.EVERYTHING,
        random.nextBoolean() ? Aim.ANSWER : Aim.SURVEY);
  }

  private static Query with(Query query, Access access) {
    return new Query(
        query.text(), query.language(), query.limit(), query.documentPrefix(), query.deadline(), access, query.aim());
  }

  private static void compare(PassageIndex whole, PassageIndex part, Access access, Query query, Set<String> documents) {
    Result expected = part.search(query);
    Result found = whole.search(with(query, access));
    assertThat(found.notes()).isEqualTo(expected.notes());
    assertThat(found.hits()).hasSameSizeAs(expected.hits());
    for (int i = 0; i < expected.hits().size(); i++) {
      same(found.hits().get(i), expected.hits().get(i), query);
    }
    for (String document : documents.stream().skip(query.limit()).limit(2).toList()) {
      Standing stands = whole.standing(with(query, access), document);
      Standing should = part.standing(query, document);
      assertThat(stands.cause()).as("%s in %s", document, query).isEqualTo(should.cause());
      assertThat(stands.rank()).isEqualTo(should.rank());
      if (should.best() == null) {
        assertThat(stands.best()).isNull();
      } else {
        same(stands.best(), should.best(), query);
      }
    }
    assertThat(whole.standing(with(query, access), "nobody/knows").cause()).isEqualTo(Cause.ABSENT);
  }

  private static void same(@Nullable Hit found, Hit expected, Query query) {
    assertThat(found).isNotNull();
    assertThat(found.passage()).as(query::toString).isEqualTo(expected.passage());
    assertThat(found.score()).isCloseTo(expected.score(), within(1e-6));
    assertThat(found.evidence()).hasSameSizeAs(expected.evidence());
    for (int i = 0; i < expected.evidence().size(); i++) {
      Evidence one = found.evidence().get(i);
      Evidence other = expected.evidence().get(i);
      assertThat(one.retriever()).isEqualTo(other.retriever());
      assertThat(one.rank()).as("%s of %s", one, query).isEqualTo(other.rank());
      assertThat(one.raw()).isCloseTo(other.raw(), within(1e-6));
      assertThat(one.normalised()).isCloseTo(other.normalised(), within(1e-6));
      assertThat(one.weight()).isCloseTo(other.weight(), within(1e-9));
    }
  }

  private static double raw(Hit hit) {
    return hit.evidence().stream().filter(e -> e.retriever().equals("bm25")).findFirst().orElseThrow().raw();
  }

  private static List<String> ids(PassageIndex index, String question, Access access) {
    return index.search(Query.of(question, 5, access)).hits().stream().map(hit -> hit.passage().documentId()).toList();
  }
}
