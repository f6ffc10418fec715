// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.query;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Retriever.Cause;
import io.millrace.core.spi.Retriever.Hit;
import io.millrace.core.spi.Retriever.Query;
import io.millrace.core.spi.Retriever.Result;
import io.millrace.core.time.Deadline;
import io.millrace.memory.PassageIndex;
import io.millrace.memory.SearchSettings;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;

import static org.assertj.core.api.Assertions.assertThat;

/** Questions of several parts against an index in which the first part's words stand everywhere. */
class PartSearchTest {

  private static final String DOUBLE = "What is the default size of the grain hopper, and how do I sharpen the millstones?";
  private static final Executor REFUSING = work -> {
    throw new RejectedExecutionException("full");
  };

  private static final Access PUBLIC = Access.of(Set.of());

  @TempDir static Path folder;
  private static PassageIndex index;

  @BeforeAll
  static void fill() throws IOException {
    index = new PassageIndex(folder, Map.of(), SearchSettings.DEFAULT);
    for (int i = 0; i < 40; i++) {
      put("hopper/" + i, "The default size of grain hopper number " + i + " is " + (i + 3) + " bushels; who wants to sharpen millstones looks elsewhere.");
    }
    for (int i = 0; i < 300; i++) {
      put("year/" + i, "Record " + i + ": the wheel turned on most days, and the race froze in winter.");
    }
    put("dressing", "To sharpen millstones, take a pick: it will sharpen millstones.");
    put("secret", "How to sharpen millstones in secret.", "owners");
    index.refresh();
  }

  @AfterAll
  static void close() {
    index.close();
  }

  private static void put(String document, String text, String... labels) throws IOException {
    index.put(document, List.of(new Passage(document + "#0", document, 0, "", List.of(document), "", text, Language.of(text), null, Set.of(labels))));
  }

  private PartSearch.Found search(String question, int limit, Executor pool) {
    return new PartSearch(index, pool).search(Query.of(question, limit, PUBLIC), Inquiry.of(question));
  }

  private static List<String> ids(Result result) {
    return result.hits().stream().map(hit -> hit.passage().id()).toList();
  }

  @Test
  void eachPartHasItsEvidenceAmongTheFirst() {
    PartSearch.Found found = search(DOUBLE, 5, Runnable::run);

    assertThat(ids(index.search(Query.of(DOUBLE, 5, PUBLIC)))).as("as a whole").doesNotContain("dressing#0");
    assertThat(found.result().hits()).hasSize(5);
    assertThat(ids(found.result()).subList(0, 3)).contains("dressing#0");
    assertThat(ids(found.result())).anyMatch(id -> id.startsWith("hopper/"));
    assertThat(found.parts()).hasSize(2);
    assertThat(found.parts().get(1).passages()).first().isEqualTo("dressing#0");
    assertThat(ids(found.result())).doesNotHaveDuplicates();
  }

  @Test
  void theBestOfTheWholeStaysFirst() {
    Result whole = index.search(Query.of(DOUBLE, 5, PUBLIC));

    assertThat(search(DOUBLE, 5, Runnable::run).result().hits().getFirst()).isEqualTo(whole.hits().getFirst());
  }

  @ParameterizedTest
  @ValueSource(strings = {"What is the default size of the grain hopper?", "sharpen millstones", "How do I dress furrows?", "的", ""})
  void aQuestionOfOnePartIsSearchedAsItAlwaysWas(String question) {
    PartSearch.Found found = search(question, 10, REFUSING);

    List<Hit> always = index.search(Query.of(question, 10, PUBLIC)).hits();
    assertThat(found.result().hits()).isEqualTo(always);
    assertThat(found.parts()).isEmpty();
  }

  @Test
  void findsTheSameHoweverManyThreadsHaveTime() throws Exception {
    Result alone = search(DOUBLE, 10, REFUSING).result();
    assertThat(search(DOUBLE, 10, Runnable::run).result()).isEqualTo(alone);
    assertThat(search(DOUBLE, 10, _ -> {}).result()).as("nobody gets round to it").isEqualTo(alone);
    try (ExecutorService pool = Executors.newFixedThreadPool(2)) {
      List<Result> all = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        all.add(search(DOUBLE, 10, pool).result());
      }
      assertThat(all).allMatch(alone::equals);
    }
  }

  @Test
  void whatTheDeadlineLeavesNoTimeForIsLeftOutAndNamed() {
    Query late = new Query(DOUBLE, null, 5, "", Deadline.after(Duration.ZERO), PUBLIC);

    PartSearch.Found found = new PartSearch(index, REFUSING).search(late, Inquiry.of(DOUBLE));

    assertThat(found.result().hits()).isEqualTo(index.search(late).hits());
    assertThat(found.parts()).isEmpty();
    assertThat(found.result().notes()).anyMatch(note -> note.contains("the deadline passed") && note.contains("sharpen the millstones"));
  }

  @Test
  void partsShowNothingThatTheReaderMayNotSee() {
    PartSearch.Found found = search(DOUBLE, 20, Runnable::run);
    PartSearch.Found owners =
        new PartSearch(index, Runnable::run).search(Query.of(DOUBLE, 20, Access.of(Set.of("owners"))), Inquiry.of(DOUBLE));

    assertThat(ids(owners.result())).contains("secret#0");

    assertThat(ids(found.result())).doesNotContain("secret#0").contains("dressing#0");
  }

  @Test
  void aDocumentThatOnlyAPartBroughtCountsAsShown() {
    PartSearch.Found found = search(DOUBLE, 3, Runnable::run);
    var whole = index.standing(Query.of(DOUBLE, 3, PUBLIC), "dressing");

    assertThat(found.standing(whole).cause()).isEqualTo(Cause.SHOWN);
    assertThat(found.standing(index.standing(Query.of(DOUBLE, 3, PUBLIC), "nowhere")).cause()).isEqualTo(Cause.ABSENT);
  }
}
