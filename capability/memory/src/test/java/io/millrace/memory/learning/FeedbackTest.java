// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.learning;

import io.millrace.core.document.Language;
import io.millrace.core.event.Event;
import io.millrace.core.event.ShownHits;
import io.millrace.core.spi.Retriever.Aim;
import io.millrace.memory.EvidenceKind;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

class FeedbackTest {

  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
  private static final Instant LATER = NOON.plusSeconds(7_200);

  private final Feedback feedback = new Feedback();

  @Test
  void whatWasOpenedOfASearchIsPreferredToItsOtherHits() {
    feedback.apply(searched("s", "ann", 0, "a", "b", "c"));
    feedback.apply(clicked("ann", "b", 60, "s"));

    assertThat(feedback.judged(searches())).isEmpty();
    feedback.settle(LATER);
    assertThat(preferred(searches())).containsExactly("b of 3");
  }

  @Test
  void anOpenedDocumentBelongsToTheLatestSearchThatShowedItWithinHalfAnHour() {
    feedback.apply(searched("s1", "ann", 0, "a", "b"));
    feedback.apply(searched("s2", "ann", 10, "b", "c", "d"));
    feedback.apply(searched("s3", "ann", 20, "x", "y"));
    feedback.apply(clicked("ann", "c", 30, null));
    feedback.apply(clicked("bob", "a", 30, null));
    feedback.apply(clicked("ann", "a", 1_801, null));
    feedback.settle(LATER);
    assertThat(preferred(searches())).containsExactly("c of 3");
  }

  @Test
  void whoHasNoIdentityMeansASearchOnlyByNamingIt() {
    feedback.apply(searched("s1", "acme/anonymous", 0, "a", "b"));
    feedback.apply(searched("s2", "anonymous", 0, "a", "b"));
    feedback.apply(clicked("acme/anonymous", "b", 10, null));
    feedback.apply(clicked("anonymous", "a", 10, "s2"));
    feedback.settle(LATER);
    assertThat(preferred(searches())).containsExactly("a of 2");
  }

  @Test
  void whatWasOpenedFromAnotherListSaysNothingOfASearch() {
    feedback.apply(searched("s", "ann", 0, "a", "b"));
    feedback.apply(clicked("ann", "b", 10, "related-7"));
    feedback.settle(LATER);
    assertThat(preferred(searches())).isEmpty();
  }

  @Test
  void listsThatAReRankerHadAPartInAreLeftOut() {
    var hits = List.of(new ShownHits.Hit("a", Map.of("bm25", 0.4, "reranker", 0.9)), new ShownHits.Hit("b", Map.of("bm25", 0.9)));
    feedback.apply(new Event.Searched("s", NOON, "t", "ann", "q", List.of("a", "b"), 1, new ShownHits("en", "survey", hits)));
    feedback.apply(clicked("ann", "a", 10, "s"));
    feedback.settle(LATER);
    assertThat(preferred(searches())).isEmpty();
  }

  @Test
  void aUserWithManyListsDoesNotDriveOutThoseOfOthers() {
    feedback.apply(searched("first", "ann", 0, "a", "b"));
    feedback.apply(clicked("ann", "a", 1, "first"));
    for (int i = 0; i < Feedback.MOST_LISTS; i++) {
      feedback.apply(searched("s" + i, "bot", 2, "a", "b"));
      feedback.apply(clicked("bot", "b", 3, "s" + i));
    }
    feedback.settle(LATER);
    assertThat(feedback.judged(searches()).stream().filter(list -> list.user().equals("ann"))).hasSize(1);
    assertThat(feedback.judged(searches())).hasSize(Feedback.MOST_LISTS);
  }

  @Test
  void ofAnyNumberOfUsersTheOldestListsAreJudgedFirst() {
    for (int i = 0; i < 2 * Feedback.MOST_OPEN; i++) {
      feedback.apply(searched("s" + i, "user" + i, 0, "a", "b"));
      if (i == 0 || i == Feedback.MOST_OPEN + 1) {
        feedback.apply(clicked("user" + i, "b", 1, "s" + i));
      }
    }
    assertThat(preferred(searches())).containsExactly("b of 2");
    feedback.settle(LATER);
    assertThat(preferred(searches())).hasSize(2);
  }

  @Test
  void ratingsCountAsOpeningOrAgainstIt() {
    feedback.apply(searched("s1", "ann", 0, "a", "b", "c"));
    feedback.apply(clicked("ann", "a", 1, "s1"));
    feedback.apply(clicked("ann", "b", 2, "s1"));
    feedback.apply(rated("ann", "a", -1, 3));
    feedback.apply(searched("s2", "bob", 0, "a", "b"));
    feedback.apply(rated("bob", "b", 1, 4));
    feedback.settle(LATER);
    assertThat(preferred(searches())).containsExactlyInAnyOrder("b of 3", "b of 2");
  }

  @Test
  void whatAnAnswerCitesSaysNothingUntilSomebodyAgrees() {
    for (String user : List.of("nobody-minds", "likes", "dislikes", "opens")) {
      feedback.apply(answered(user, Set.of("b#0", "c#4"), "a", "b", "c", "d"));
    }
    feedback.apply(rated("likes", "trace-likes", 1, 5));
    feedback.apply(rated("dislikes", "trace-dislikes", -1, 5));
    feedback.apply(clicked("dislikes", "b", 6, null));
    feedback.apply(clicked("opens", "c", 6, null));
    feedback.settle(LATER);
    assertThat(preferred(new Purpose(Language.CHINESE, Aim.ANSWER))).containsExactlyInAnyOrder("b,c of 4", "c of 2");
    assertThat(preferred(searches())).isEmpty();
  }

  @Test
  void theSameEventTwiceCountsOnceAndOldEventsSayNothing() {
    feedback.apply(searched("s", "ann", 0, "a", "b"));
    feedback.apply(searched("s", "ann", 0, "a", "b"));
    feedback.apply(new Event.Searched("old", NOON, "t", "ann", "q", List.of("a", "b"), 1));
    feedback.apply(clicked("ann", "b", 1, "s"));
    feedback.apply(clicked("ann", "b", 2, "s"));
    feedback.settle(LATER);
    assertThat(preferred(searches())).containsExactly("b of 2");
  }

  private static Purpose searches() {
    return new Purpose(Language.ENGLISH, Aim.SURVEY);
  }

  private List<String> preferred(Purpose purpose) {
    return feedback.judged(purpose).stream()
        .map(
            list ->
                String.join(
                    ",", IntStream.range(0, list.size()).filter(list::prefers).mapToObj(i -> name(list, i)).toList()) + " of " + list.size())
        .toList();
  }

  /** Evidence tells hits apart here: that of words is the letter's number. */
  private static String name(JudgedList list, int hit) {
    return String.valueOf((char) ('a' + Math.round(100 * list.evidence(hit)[EvidenceKind.BM25.ordinal()])));
  }

  private static ShownHits shown(String language, String aim, String... documents) {
    return new ShownHits(
        language, aim, Stream.of(documents).map(each -> new ShownHits.Hit(each, Map.of("bm25", (each.charAt(0) - 'a') / 100.0))).toList());
  }

  private static Event searched(String id, String user, int second, String... documents) {
    return new Event.Searched(
        id, NOON.plusSeconds(second), "t" + id, user, "q", List.of(documents), 1, shown("en", "survey", documents));
  }

  private static Event answered(String user, Set<String> cited, String... documents) {
    return new Event.Answered(
        "answer-" + user, NOON, "trace-" + user, user, "q", "a", "model", "m", List.copyOf(cited), 1, 1, Map.of(), Set.of(),
        shown("zh", "answer", documents));
  }

  private static Event clicked(String user, String document, int second, @Nullable String exposure) {
    return new Event.Clicked(
        "c" + second + user + document, NOON.plusSeconds(second), "t", user, document, "search", exposure, 0);
  }

  private static Event rated(String user, String target, double value, int second) {
    return new Event.Rated("r" + second, NOON.plusSeconds(second), "t", user, target, value, "");
  }
}
