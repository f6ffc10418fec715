// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.document.Validity;
import io.millrace.core.log.PassageVectors;
import io.millrace.core.log.PassageVectors.PassageVector;
import io.millrace.core.settings.VectorPrecision;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Embedder;
import io.millrace.core.spi.Retriever.Cause;
import io.millrace.core.spi.Retriever.Evidence;
import io.millrace.core.spi.Retriever.Hit;
import io.millrace.core.spi.Retriever.Query;
import io.millrace.memory.LeadingPages.Way;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/** What the graph of names and links adds to searches, and that it follows what is put, archived, deleted and hidden. */
class GraphSearchTest {

  private final TestClock clock = new TestClock("2026-01-01T00:00:00Z");

  @TempDir Path folder;
  private PassageIndex index;

  @BeforeEach
  void open() {
    index = index("with", SearchSettings.DEFAULT);
  }

  @AfterEach
  void close() {
    index.close();
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void findsWhatOnlyAnotherPageLeadsToAndLeavesDirectQuestionsAlone(Way way) throws IOException {
    List<Passage> all = pages(way);
    putAll(index, all);
    try (PassageIndex plain = index("without", SearchSettings.DEFAULT.with(r -> r.withGraph(Ranking.GraphWeight.NONE)))) {
      putAll(plain, all);
      for (String question : List.of(LeadingPages.ENGLISH, LeadingPages.CHINESE)) {
        String answer = answer(question);
        assertThat(documents(hits(plain, question))).as("without the graph").doesNotContain(answer);
        List<Hit> found = hits(index, question);
        assertThat(documents(found)).contains(answer);
        assertThat(graph(found, answer).weight()).isPositive();
        for (Hit hit : found) {
          assertThat(hit.score()).isCloseTo(hit.evidence().stream().mapToDouble(e -> e.weight() * e.normalised()).sum(), within(1e-9));
          assertThat(hit.evidence()).allSatisfy(e -> assertThat(e.normalised()).isBetween(0.0, 1.0));
        }
        assertThat(index.standing(Query.of(question, 10, Access.EVERYTHING).answering(), answer).cause()).isEqualTo(Cause.SHOWN);
      }
      for (int i = 0; i < 150; i += 7) {
        Map<String, String> direct = Map.of("What is known of Place " + i + "?", "towns/" + i, "地方" + i + "有什么？", "城/" + i);
        for (Map.Entry<String, String> each : direct.entrySet()) {
          assertThat(documents(hits(index, each.getKey())).indexOf(each.getValue())).as(each.getKey()).isNotNegative()
              .isLessThanOrEqualTo(Math.max(0, documents(hits(plain, each.getKey())).indexOf(each.getValue())));
        }
      }
    }
  }

  @Test
  void aLinkIsGoneWithItsPageAndComesBackWithIt() throws IOException {
    putAll(index, pages(Way.LINK));
    String machine = "machines/aurora";
    String answer = "firms/17";
    assertThat(documents(hits(index, LeadingPages.ENGLISH))).contains(answer);

    index.archive(machine);
    index.refresh();
    assertThat(documents(hits(index, LeadingPages.ENGLISH))).doesNotContain(answer);
    index.restore(machine);
    index.refresh();
    assertThat(documents(hits(index, LeadingPages.ENGLISH))).contains(answer);

    Passage linked = LeadingPages.english(Way.LINK).getFirst();
    put(index, linked.withLinks(List.of("towns/3")));
    index.refresh();
    assertThat(documents(hits(index, LeadingPages.ENGLISH))).doesNotContain(answer).contains("towns/3");
    put(index, linked);
    index.refresh();
    assertThat(documents(hits(index, LeadingPages.ENGLISH))).contains(answer);

    index.delete(machine);
    index.refresh();
    assertThat(documents(hits(index, LeadingPages.ENGLISH))).doesNotContain(answer);
  }

  @Test
  void doesNotLeadThroughWhatMayNotBeSeenOrIsOutOfItsTime() throws IOException {
    List<Passage> english = LeadingPages.english(Way.LINK);
    Passage machine = english.getFirst();
    Passage hidden =
        new Passage(
            machine.id(), machine.documentId(), 0, "", machine.path(), "", machine.text(), machine.language(), null, null, Set.of("board"),
            machine.links());
    Passage past =
        new Passage(
            machine.id(), machine.documentId(), 0, "", machine.path(), "", machine.text(), machine.language(), null,
            new Validity(null, clock.instant().plus(Duration.ofDays(1))), Set.of(), machine.links());
    putAll(index, LeadingPages.others());
    put(index, english.getLast());

    put(index, hidden);
    index.refresh();
    Query question = Query.of(LeadingPages.ENGLISH, 10, Access.UNLABELLED).answering();
    assertThat(documents(index.search(question).hits())).doesNotContain("firms/17");
    assertThat(documents(index.search(Query.of(LeadingPages.ENGLISH, 10, Access.of(Set.of("board"))).answering()).hits())).contains("firms/17");

    put(index, past);
    index.refresh();
    assertThat(documents(index.search(question).hits())).contains("firms/17");
    clock.move(Duration.ofDays(2));
    assertThat(documents(index.search(question).hits())).doesNotContain("firms/17");
  }

  @Test
  void scoresAreTheSameWhereverPassagesLie() throws IOException {
    List<Passage> all = new ArrayList<>();
    for (Way way : Way.values()) {
      for (Passage page : pages(way)) {
        if (all.stream().noneMatch(each -> each.id().equals(page.id()))) {
          all.add(page);
        }
      }
    }
    putAll(index, all);
    Random random = new Random(7);
    Collections.shuffle(all, random);
    try (PassageIndex torn = index("torn", SearchSettings.DEFAULT)) {
      for (Passage page : all) {
        put(torn, page);
        if (random.nextInt(20) == 0) {
          torn.refresh();
        }
      }
      for (int i = 0; i < 40; i++) {
        put(torn, all.get(random.nextInt(all.size())));
      }
      torn.refresh();
      for (String question : List.of(LeadingPages.ENGLISH, LeadingPages.CHINESE, "the Halden Works", "赫尔登工厂的车间")) {
        Map<String, Double> here = nearness(index, question);
        Map<String, Double> there = nearness(torn, question);
        assertThat(here).isNotEmpty();
        assertThat(there.keySet()).isEqualTo(here.keySet());
        here.forEach((id, raw) -> assertThat(there.get(id)).as(id).isCloseTo(raw, within(1e-6)));
      }
    }
  }

  @Test
  void aHubOfTenThousandLinksIsCrossedForwardsAndNotBackwards() throws IOException {
    for (int i = 0; i < 10_000; i++) {
      index.put("leaf/" + i, List.of(LeadingPages.passage("leaf/" + i, "Leaf " + i, "leaf number" + i).withLinks(List.of("hub"))));
    }
    index.put("hub", List.of(LeadingPages.passage("hub", "Centre of it all", "the middle of everything")));
    index.refresh();

    List<Hit> fromLeaf = hits(index, "number77");
    assertThat(documents(fromLeaf)).first().isEqualTo("leaf/77");
    assertThat(graph(fromLeaf, "hub").raw()).isGreaterThan(0.1);
    List<Hit> fromHub = hits(index, "the middle of everything");
    assertThat(documents(fromHub)).containsExactly("hub");
  }

  private PassageIndex index(String name, SearchSettings settings) {
    return new PassageIndex(
        folder.resolve(name),
        Map.of(Language.ENGLISH, new WordVectors("en", 48), Language.CHINESE, new WordVectors("zh", 40)),
        settings,
        VectorPrecision.INT8,
        clock);
  }

  private static List<Passage> pages(Way way) {
    List<Passage> all = new ArrayList<>(LeadingPages.others());
    all.addAll(LeadingPages.english(way));
    all.addAll(LeadingPages.chinese(way));
    return all;
  }

  private static String answer(String question) {
    return question.equals(LeadingPages.ENGLISH) ? "firms/17" : "企业/17";
  }

  private static void put(PassageIndex index, Passage passage) throws IOException {
    index.put(passage.documentId(), List.of(passage));
    Embedder model = passage.language() == Language.ENGLISH ? new WordVectors("en", 48) : new WordVectors("zh", 40);
    float[] vector = model.embedPassages(List.of(passage.textInContext())).getFirst();
    index.putVectors(
        passage.documentId(),
        new PassageVectors(passage.documentId(), model.model(), List.of(new PassageVector(TextHash.of(passage), vector))));
  }

  private static void putAll(PassageIndex index, List<Passage> passages) throws IOException {
    for (Passage passage : passages) {
      put(index, passage);
    }
    index.refresh();
  }

  private static List<Hit> hits(PassageIndex index, String question) {
    return index.search(Query.of(question, 10, Access.EVERYTHING).answering()).hits();
  }

  private static List<String> documents(List<Hit> hits) {
    return hits.stream().map(hit -> hit.passage().documentId()).toList();
  }

  private static Evidence graph(List<Hit> hits, String document) {
    return hits.stream().filter(hit -> hit.passage().documentId().equals(document)).flatMap(hit -> hit.evidence().stream())
        .filter(each -> each.retriever().equals("graph")).findFirst().orElseThrow();
  }

  private static Map<String, Double> nearness(PassageIndex index, String question) {
    // Whoever sees everything has words counted with deleted passages among them, as Lucene does.
    return index.search(Query.of(question, 500, Access.UNLABELLED).answering()).hits().stream()
        .flatMap(hit -> hit.evidence().stream().filter(each -> each.retriever().equals("graph"))
            .map(each -> Map.entry(hit.passage().id(), each.raw())))
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }
}
