// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Retriever.Cause;
import io.millrace.core.spi.Retriever.Evidence;
import io.millrace.core.spi.Retriever.Hit;
import io.millrace.core.spi.Retriever.Query;
import io.millrace.core.time.Deadline;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class PassageSearchTest extends PassageIndexFixture {

  @Test
  void findsAnIdentifierHoweverItIsWritten() throws IOException {
    fillWithoutVectors();

    for (String question :
        List.of("addDocument", "IndexWriter.addDocument", "add document", "IndexWriter#addDocument()")) {
      assertThat(ids(question)).as(question).startsWith(WRITER + "#1");
    }
  }

  @Test
  void findsByMeaningWhatSharesNoWord() throws IOException {
    fill();

    List<Hit> hits = index.search(Query.of("throw away stale entries", 3, Access.EVERYTHING)).hits();

    assertThat(hits.getFirst().passage().id()).isEqualTo(WRITER + "#2");
    assertThat(retrievers(hits.getFirst())).contains("dense");
  }

  @Test
  void saysWhatEachRetrieverContributed() throws IOException {
    fill();

    Hit hit = index.search(Query.of("addDocument", 5, Access.EVERYTHING)).hits().getFirst();

    assertThat(retrievers(hit)).containsExactly("name", "bm25", "dense");
    double sum = hit.evidence().stream().mapToDouble(e -> e.weight() * e.normalised()).sum();
    assertThat(hit.score()).isCloseTo(sum, within(1e-9));
    assertThat(hit.evidence()).allSatisfy(e -> assertThat(e.normalised()).isBetween(0.0, 1.0));
    assertThat(hit.evidence().getFirst().rank()).isEqualTo(1);
  }

  @Test
  void answersChineseQuestionsFromChinesePassagesWithLatinNames() throws IOException {
    fill();

    assertThat(ids("EasyExcel 怎么读取表格")).first().isEqualTo(EXCEL + "#0");
    assertThat(ids("如何把数据写进电子表格文件")).first().isEqualTo(EXCEL + "#1");
    assertThat(index.search(Query.of("EasyExcel 怎么读取表格", 1, Access.EVERYTHING)).hits().getFirst().evidence())
        .hasSize(3);
  }

  @Test
  void findsPassagesThatHaveNoVectorYetBesideThoseThatHave() throws IOException {
    fill();
    index.put("new/Page", List.of(passage("new/Page", 0, "", "tombstones mark a deleted record in compacted topics")));
    index.refresh();

    List<Hit> hits = index.search(Query.of("what marks a deleted record in compacted topics", 5, Access.EVERYTHING)).hits();

    assertThat(hits.getFirst().passage().id()).isEqualTo("new/Page#0");
    assertThat(retrievers(hits.getFirst())).containsExactly("bm25");
    assertThat(hits.getFirst().evidence().getFirst().weight()).isEqualTo(1);
    assertThat(hits.getFirst().score()).isEqualTo(1);
  }

  @Test
  void leavesDenseOutWhenTheDeadlineHasPassedAndSaysSo() throws IOException {
    fill();

    var result =
        index.search(new Query("addDocument", null, 3, "", Deadline.after(Duration.ofNanos(1)), Access.EVERYTHING));

    assertThat(result.hits()).isNotEmpty().allSatisfy(hit -> assertThat(retrievers(hit)).doesNotContain("dense"));
    assertThat(result.notes()).singleElement().asString().contains("deadline");
  }

  @Test
  void searchesForAPastedPageInBothScriptsThatNamesThings() throws IOException {
    fill();
    String words = IntStream.range(0, 300).mapToObj(i -> "word" + i).collect(Collectors.joining(" "));
    String han = IntStream.range(0, 400).mapToObj(i -> Character.toString(0x4E00 + 7 * i)).collect(Collectors.joining());

    assertThat(index.search(new Query(words + " index " + han + " IndexWriter.addDocument", Language.ENGLISH, 5, "lucene", Deadline.NONE, Access.EVERYTHING)).hits())
        .isNotEmpty();
  }

  @Test
  void letsNeighboursSpeakInSurveysButNotForWhoeverWantsOneAnswerOrNamesSomething() throws IOException {
    fill();

    Query survey = Query.of("throw away stale entries", 5, Access.EVERYTHING);
    assertThat(index.search(survey).hits()).anySatisfy(hit -> assertThat(retrievers(hit)).contains("neighbours"));
    assertThat(index.search(survey.answering()).hits()).isNotEmpty().allSatisfy(hit -> assertThat(retrievers(hit)).doesNotContain("neighbours"));
    assertThat(index.search(Query.of("addDocument", 5, Access.EVERYTHING)).hits()).isNotEmpty().allSatisfy(hit -> assertThat(retrievers(hit)).doesNotContain("neighbours"));
  }

  @Test
  void saysWhereADocumentStandsAndWhyItIsNotShown() throws IOException {
    fill();
    for (int i = 0; i < 3; i++) {
      index.put("more/Page" + i, List.of(passage("more/Page" + i, 0, "", "a tombstone stands for what was removed, number " + i)));
    }
    index.put("far/Page", List.of(passage("far/Page", 0, "", "wheat is ground on Mondays")));
    index.refresh();
    Query two = Query.of("tombstone of what was removed", 2, Access.EVERYTHING);
    List<String> shown = index.search(two).hits().stream().map(hit -> hit.passage().documentId()).toList();
    String left = Stream.of("more/Page0", "more/Page1", "more/Page2").filter(page -> !shown.contains(page)).findFirst().orElseThrow();

    assertThat(index.standing(two, shown.getFirst())).satisfies(standing -> {
      assertThat(standing.cause()).isEqualTo(Cause.SHOWN);
      assertThat(standing.rank()).isEqualTo(1);
    });
    assertThat(index.standing(two, left)).satisfies(standing -> {
      assertThat(standing.cause()).isEqualTo(Cause.TOO_LOW);
      assertThat(standing.rank()).isGreaterThan(2);
      assertThat(standing.best()).isNotNull();
      assertThat(retrievers(standing.best())).contains("bm25");
    });
    assertThat(index.standing(two, "far/Page")).satisfies(standing -> {
      assertThat(standing.cause()).isEqualTo(Cause.NOT_PROPOSED);
      assertThat(standing.best()).isNotNull();
    });
    assertThat(index.standing(two, "no/Page").cause()).isEqualTo(Cause.ABSENT);
    assertThat(index.standing(new Query("tombstone", Language.CHINESE, 2, "", Deadline.NONE, Access.EVERYTHING), left).cause()).isEqualTo(Cause.EXCLUDED);
    assertThat(index.standing(new Query("tombstone", null, 2, "lucene-core/", Deadline.NONE, Access.EVERYTHING), left).cause()).isEqualTo(Cause.EXCLUDED);
  }

  @Test
  void seeksWhatIsAskedForAndNotTheWordsOfAsking() throws IOException {
    index.put("a/Asking", List.of(passage("a/Asking", 0, "", "articles on any topic that interested people like to discuss")));
    index.put("a/Sought", List.of(passage("a/Sought", 0, "", "compaction removes stale records of a log in the background")));
    index.refresh();

    assertThat(ids("I am interested in articles that discuss compaction and stale records")).containsExactly("a/Sought#0", "a/Asking#0");
    assertThat(ids("what are people doing to compaction")).first().isEqualTo("a/Sought#0");
    assertThat(ids("interested in articles")).containsExactly("a/Asking#0");
  }

  @Test
  void prefersWordsThatStandSideBySideAsInTheQuestion() throws IOException {
    index.put("a/Apart", List.of(passage("a/Apart", 0, "", "sharing is fair when time flows and machines cool down at night")));
    index.put("a/Near", List.of(passage("a/Near", 0, "", "machines cool down at night when time sharing flows and is fair")));
    index.refresh();

    assertThat(ids("time sharing machines")).first().isEqualTo("a/Near#0");
    assertThat(ids("sharing time machines")).first().isEqualTo("a/Apart#0");
  }

  @Test
  void takesWhatAnUntitledTextOpensWithForItsHeading() throws IOException {
    String rest = "它在另一条铁路的旁边经过三个车站，后来改名。";
    index.put("a/Mention", List.of(untitled("a/Mention", "烟台铁路（旧称）属于国家，德龙铁路与德龙铁路支线" + rest)));
    index.put("a/Subject", List.of(untitled("a/Subject", "德龙铁路（旧称）属于国家，烟台铁路与烟台铁路支线" + rest)));
    index.refresh();

    assertThat(ids("德龙铁路属于谁")).first().isEqualTo("a/Subject#0");
    assertThat(ids("烟台铁路属于谁")).first().isEqualTo("a/Mention#0");
  }

  @Test
  void obeysFiltersOnLanguageAndDocument() throws IOException {
    fill();

    assertThat(index.search(new Query("read", Language.CHINESE, 10, "", Deadline.NONE, Access.EVERYTHING)).hits())
        .isNotEmpty()
        .allMatch(hit -> hit.passage().language() == Language.CHINESE);
    assertThat(index.search(new Query("index", null, 10, READER, Deadline.NONE, Access.EVERYTHING)).hits())
        .isNotEmpty()
        .allMatch(hit -> hit.passage().documentId().equals(READER));
    assertThat(index.search(new Query("index", null, 10, "none/", Deadline.NONE, Access.EVERYTHING)).hits()).isEmpty();
  }

  @Test
  void letsOnlyAFewPassagesOfOneDocumentStandAheadOfOthers() throws IOException {
    List<Passage> many =
        IntStream.range(0, 20).mapToObj(i -> passage("big/Page", i, "", "merge policy merge policy " + i)).toList();
    index.put("big/Page", many);
    index.put("small/Page", List.of(passage("small/Page", 0, "", "a merge of a policy is a long story told elsewhere")));
    index.refresh();

    assertThat(index.search(Query.of("merge policy", 5, Access.EVERYTHING)).hits().stream().map(hit -> hit.passage().documentId()))
        .containsExactly("big/Page", "big/Page", "big/Page", "small/Page", "big/Page");
  }

  @Test
  void answersOddQuestionsWithoutFailing() throws IOException {
    fill();

    for (String odd : List.of("", "   ", "the of", "?*\"(:", "a".repeat(200_000), "word ".repeat(30_000), "\ud83d")) {
      assertThat(index.search(Query.of(odd, 3, Access.EVERYTHING)).hits().size()).isLessThanOrEqualTo(3);
    }
    assertThat(index.search(Query.of("word ".repeat(30_000), 3, Access.EVERYTHING)).notes()).anyMatch(n -> n.contains("4000"));
  }

  private static Passage untitled(String document, String text) {
    return new Passage(document + "#0", document, 0, "", List.of(), "", text, Language.CHINESE, null, Set.of());
  }

  private void fillWithoutVectors() throws IOException {
    for (List<Passage> document : documents()) {
      index.put(document.getFirst().documentId(), document);
    }
    index.refresh();
  }

  private static List<String> retrievers(Hit hit) {
    return hit.evidence().stream().map(Evidence::retriever).toList();
  }
}
