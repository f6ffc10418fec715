// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.document.Validity;
import io.millrace.core.log.PassageVectors;
import io.millrace.core.log.PassageVectors.PassageVector;
import io.millrace.core.settings.VectorPrecision;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Neighbours.Neighbour;
import io.millrace.core.spi.Retriever.Aim;
import io.millrace.core.spi.Retriever.Cause;
import io.millrace.core.spi.Retriever.Evidence;
import io.millrace.core.spi.Retriever.Hit;
import io.millrace.core.spi.Retriever.Query;
import io.millrace.core.spi.Retriever.Result;
import io.millrace.core.spi.Retriever.Standing;
import io.millrace.core.time.Deadline;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

/** What every memory does, wherever its passages lie. */
public abstract class RetrieverContract extends JudgingContract {

  private static final List<String> WORDS =
      List.of(
          "wheel", "mill", "grain", "water", "stone", "IndexWriter", "addDocument", "flour", "miller", "river", "sack", "gear",
          "the", "of", "磨坊", "水车转动", "面粉", "河流", "consumer.poll", "shaft", "bread", "oven");

  private static final List<String> LABELS = List.of("a", "b", "tenant:c");

  private static final String RULES =
      "Before the stones are lowered the miller opens the sluice by a hand's breadth and waits until the wheel turns evenly. "
          + "Only then is grain let into the hopper, a little at first, and the gap between the stones is narrowed until the meal "
          + "feels warm but not hot. At dusk everything is done in the opposite order, and the brake is set before the sluice is shut.";

  @Test
  void findsWordsInEnglishAndChineseAndIdentifiersInParts() throws IOException {
    put("lucene/Writer", "Adds documents to an index.", "IndexWriter.addDocument");
    put("lucene/Reader", "Reads what was written.", "openIfChanged");
    put("excel/Read", "使用 监听器 逐行 读取 表格", "read");
    put("excel/Write", "将 数据 写入 文件 可以 指定 表头", "write");
    store.refresh();

    assertThat(found("adding a document")).startsWith("lucene/Writer");
    assertThat(found("index writer")).startsWith("lucene/Writer");
    assertThat(found("怎样 读取 表格")).startsWith("excel/Read");
    assertThat(found("指定 表头")).startsWith("excel/Write");
    assertThat(store.search(Query.of("  ", 5, Access.EVERYTHING)).notes()).anyMatch(note -> note.contains("words"));
  }

  @Test
  void findsMeaningWhereNoWordIsShared() throws IOException {
    put("a", "The automobile waits.", "");
    put("b", "Bread is baked.", "");
    put("c", "轿车 停着", "");
    put("d", "面包 烤好", "");
    store.refresh();

    Hit english = store.search(Query.of("car", 2, Access.EVERYTHING).answering()).hits().getFirst();
    assertThat(english.passage().documentId()).isEqualTo("a");
    assertThat(english.evidence()).extracting(Evidence::retriever).containsExactly("dense");
    Hit chinese = store.search(Query.of("汽车", 2, Access.EVERYTHING)).hits().getFirst();
    assertThat(chinese.passage().documentId()).isEqualTo("c");
  }

  @Test
  void findsAPassageWithoutEmbeddingAndTakesOneThatCameFirst() throws IOException {
    Passage plain = passage("plain", 0, "The miller grinds grain.", "");
    store.put("plain", List.of(plain));
    Passage early = passage("early", 0, "The river drives the wheel.", "");
    store.putVectors("early", vectors(List.of(early)));
    store.refresh();
    assertThat(store.counts()).isEqualTo(new PassageIndex.Counts(1, 1, 0));
    assertThat(store.withoutEmbeddings("plain")).containsExactly(plain);

    store.put("early", List.of(early));
    store.refresh();
    assertThat(store.counts()).isEqualTo(new PassageIndex.Counts(2, 2, 1));
    assertThat(store.withoutEmbeddings("early")).isEmpty();
    assertThat(found("miller of grain")).startsWith("plain");
    assertThat(store.embedding("early", Access.EVERYTHING)).isPresent();
    assertThat(store.embedding("plain", Access.EVERYTHING)).isEmpty();
  }

  @Test
  void replacesADocumentAsAWholeAndKeepsEmbeddingsOfWhatStays() throws IOException {
    Passage stays = passage("d", 0, "The wheel stays as it is.", "");
    put("d", List.of(stays, passage("d", 1, "The first edition.", ""), passage("d", 2, "The appendix.", "")));
    store.refresh();
    store.put("d", List.of(stays, passage("d", 1, "The second edition.", "")));
    store.refresh();

    assertThat(store.passages("d")).extracting(Passage::text).containsExactly("The wheel stays as it is.", "The second edition.");
    assertThat(store.counts()).isEqualTo(new PassageIndex.Counts(1, 2, 1));
    assertThat(texts("first appendix edition")).doesNotContain("The first edition.", "The appendix.");

    store.delete("d");
    store.refresh();
    assertThat(store.passages("d")).isEmpty();
    assertThat(store.counts()).isEqualTo(new PassageIndex.Counts(0, 0, 0));
    assertThat(found("wheel edition")).isEmpty();
  }

  @Test
  void limitsToLanguageAndToWhatIdentitiesBeginWith() throws IOException {
    put("lib/a b,c!d", "The wheel of the mill.", "");
    put("lib/zh", "磨坊 wheel 水车转动 河流 面粉", "");
    put("app/e", "A wheel for water.", "");
    store.refresh();

    assertThat(found(new Query("wheel", null, 5, "lib/", Deadline.NONE, Access.EVERYTHING))).containsExactlyInAnyOrder("lib/a b,c!d", "lib/zh");
    assertThat(found(new Query("wheel", null, 5, "lib/a b,", Deadline.NONE, Access.EVERYTHING))).containsExactly("lib/a b,c!d");
    assertThat(found(new Query("wheel", Language.CHINESE, 5, "", Deadline.NONE, Access.EVERYTHING))).containsExactly("lib/zh");
    assertThat(store.passages("lib/a b,c!d", Access.EVERYTHING)).hasSize(1);
  }

  @Test
  void anArchivedDocumentIsNotFoundAndComesBackWithItsEmbeddings() throws IOException {
    put("wheel", "The wheel is four metres high.", "");
    put("miller", "The miller is called Johanna.", "");
    store.archive("wheel");
    store.refresh();

    assertThat(found("how high is the wheel")).doesNotContain("wheel");
    assertThat(store.counts()).isEqualTo(new PassageIndex.Counts(1, 1, 1));
    assertThat(store.archived()).isEqualTo(1);
    assertThat(store.passages("wheel")).hasSize(1);
    assertThat(store.nearest("miller", 5, Access.EVERYTHING)).isEmpty();
    assertThat(store.standing(Query.of("wheel", 5, Access.EVERYTHING), "wheel").cause()).isEqualTo(Cause.ARCHIVED);

    store.put("wheel", List.of(passage("wheel", 0, "The wheel is five metres high.", "")));
    store.refresh();
    assertThat(store.counts().documents()).isEqualTo(1);
    put("wheel", "The wheel is four metres high.", "");
    store.restore("wheel");
    store.refresh();
    assertThat(found("how high is the wheel")).startsWith("wheel");
    assertThat(store.counts()).isEqualTo(new PassageIndex.Counts(2, 2, 2));
    assertThat(store.archived()).isZero();
    assertThat(store.nearest("miller", 5, Access.EVERYTHING)).extracting(Neighbour::document).containsExactly("wheel");
  }

  @Test
  void findsADocumentInItsTimeOnly() throws IOException {
    Instant now = clock.instant();
    put("later", List.of(passage("later", 0, "The flood gate is open.", "", Set.of(), new Validity(now.plusSeconds(60), null))));
    put("soon/over", List.of(passage("soon/over", 0, "The flood gate is shut.", "", Set.of(), new Validity(null, now.plusSeconds(30)))));
    put("always", "The flood gate is old.", "");
    store.refresh();

    assertThat(found("flood gate")).containsExactlyInAnyOrder("soon/over", "always");
    assertThat(store.standing(Query.of("flood gate", 5, Access.EVERYTHING), "later").cause()).isEqualTo(Cause.UNTIMELY);
    assertThat(store.passages("later", Access.EVERYTHING)).isEmpty();
    clock.move(Duration.ofMillis(29_999));
    assertThat(found("flood gate")).contains("soon/over");
    clock.move(Duration.ofMillis(1));
    assertThat(found("flood gate")).containsExactly("always");
    clock.move(Duration.ofSeconds(30));
    assertThat(found("flood gate")).containsExactlyInAnyOrder("later", "always");
  }

  @Test
  void showsOneOfThoseThatNearlyRepeatEachOther() throws IOException {
    put("c/Copy", "The copy\n" + RULES, "");
    put("b/Original", "The original\n" + RULES, "");
    put("d/Changed", "The changed one\n" + RULES.replace("is shut.", "is closed."), "");
    put("e/Other", "Another\nThe miller opens the sluice when the wheel is to turn, and shuts it when it is to stand.", "");
    store.refresh();

    List<Hit> hits = store.search(Query.of("miller opens the sluice", 4, Access.EVERYTHING)).hits();
    assertThat(hits).hasSize(2);
    Hit merged = hits.stream().filter(hit -> !hit.repeats().isEmpty()).findFirst().orElseThrow();
    assertThat(merged.repeats()).hasSize(2).allMatch(repeat -> repeat.similarity() >= 0.9);
    String repeat = merged.repeats().getFirst().passage().documentId();
    assertThat(store.standing(Query.of("miller opens the sluice", 4, Access.EVERYTHING), repeat).cause()).isEqualTo(Cause.REPEATS);
  }

  @Test
  void saysWhyADocumentIsShownOrNot() throws IOException {
    for (int i = 0; i < 12; i++) {
      put("d" + i, "wheel " + "mill ".repeat(i), "");
    }
    store.refresh();

    Query query = Query.of("wheel", 3, Access.EVERYTHING);
    List<String> shown = found(query);
    Standing first = store.standing(query, shown.getFirst());
    assertThat(first.cause()).isEqualTo(Cause.SHOWN);
    assertThat(first.rank()).isEqualTo(1);
    Hit hit = store.search(query).hits().getFirst();
    assertThat(first.best()).isNotNull().extracting(Hit::score).isEqualTo(hit.score());
    assertThat(hit.evidence().stream().mapToDouble(e -> e.weight() * e.normalised()).sum()).isCloseTo(hit.score(), within(1e-9));
    String other = IntStream.range(0, 12).mapToObj(i -> "d" + i).filter(id -> !shown.contains(id)).findFirst().orElseThrow();
    assertThat(store.standing(query, other).cause()).isEqualTo(Cause.TOO_LOW);
    assertThat(store.standing(new Query("wheel", null, 3, "x", Deadline.NONE, Access.EVERYTHING), other).cause()).isEqualTo(Cause.EXCLUDED);
    assertThat(store.standing(query, "nobody/knows").cause()).isEqualTo(Cause.ABSENT);
  }

  @Test
  void whatAReaderMayNotSeeHasNoPartInAnything() throws IOException {
    Random random = new Random(7);
    Map<String, List<Passage>> content = new LinkedHashMap<>();
    for (int i = 0; i < 40; i++) {
      String id = List.of("lib/", "app/").get(i % 2) + "D" + i;
      content.put(id, made(id, random));
      put(id, content.get(id));
    }
    store.refresh();
    for (Access access : List.of(Access.UNLABELLED, Access.of(Set.of("a")), Access.of(Set.of("b", "tenant:c", "unused")))) {
      try (PassageStore part = opened("two")) {
        for (Map.Entry<String, List<Passage>> each : content.entrySet()) {
          if (access.sees(each.getValue().getFirst().labels())) {
            part.put(each.getKey(), each.getValue());
            embed(part, each.getValue());
          }
        }
        part.refresh();
        for (int i = 0; i < 3; i++) {
          Query query = query(random, access);
          same(store.search(query), part.search(with(query, Access.EVERYTHING)), query, 1e-6);
          for (String document : List.of("lib/D0", "app/D1")) {
            same(store.standing(query, document), part.standing(with(query, Access.EVERYTHING), document), query, 1e-6);
          }
        }
        for (String document : List.of("lib/D0", "app/D1", "lib/D2", "app/D3")) {
          assertThat(store.nearest(document, 5, access)).isEqualTo(part.nearest(document, 5, Access.EVERYTHING));
          assertThat(store.passages(document, access)).isEqualTo(part.passages(document, Access.EVERYTHING));
        }
      }
    }
  }

  @Test
  void whoMayNotSeeADocumentDoesNotLearnThatItIsInTheArchive() throws IOException {
    put("plan", List.of(passage("plan", 0, "A second wheel.", "", Set.of("tenant:acme"), null)));
    store.archive("plan");
    store.refresh();

    assertThat(store.standing(Query.of("wheel", 5, Access.of(Set.of("tenant:acme"))), "plan").cause()).isEqualTo(Cause.ARCHIVED);
    assertThat(store.standing(Query.of("wheel", 5, Access.UNLABELLED), "plan").cause()).isEqualTo(Cause.ABSENT);
  }

  @Test
  void answersAsOneIndexOfAllPassagesDoes() throws IOException {
    Random random = new Random(11);
    try (PassageIndex one = new PassageIndex(folder.resolve("reference"), EMBEDDERS, SETTINGS, VectorPrecision.FLOAT, clock)) {
      for (int i = 0; i < 250; i++) {
        String id = List.of("lib/", "app/").get(i % 2) + "D" + i;
        List<Passage> passages = made(id, random);
        for (PassageStore each : List.of(one, store)) {
          each.put(id, passages);
          if (i % 7 != 0) {
            embed(each, passages);
          }
        }
      }
      one.refresh();
      store.refresh();
      for (int i = 0; i < 20; i++) {
        Query query = with(query(random, Access.EVERYTHING), i % 3 == 0 ? Access.of(Set.of("a")) : Access.EVERYTHING);
        Query ten = new Query(query.text(), query.language(), 10, query.documentPrefix(), query.deadline(), query.access(), query.aim());
        same(store.search(ten), one.search(ten), ten, SAME);
      }
    }
  }

  @Test
  void keepsWhatWasCommittedWithItsFacts() throws IOException {
    put("wheel", "The wheel is four metres high.", "");
    store.commit(Map.of("passages.0", "17"));
    store.commit(Map.of("passages.0", "18", "vectors.0", "4"));
    store.close();
    store = open("one", clock);

    assertThat(store.committed()).containsEntry("passages.0", "18").containsEntry("vectors.0", "4");
    assertThat(found("wheel")).containsExactly("wheel");
    store.clear();
    assertThat(store.committed()).isEmpty();
    assertThat(store.counts().documents()).isZero();
  }

  @Test
  void aNameOfAnyLengthKeepsNothingOut() throws IOException {
    put("long", "The wheel that was.", "");
    store.refresh();
    put("one", "The wheel of the mill.", "");
    put("long", "The wheel with a name that no index takes.", "x".repeat(40_000));
    put("two", "Another wheel of the mill.", "");
    store.refresh();

    assertThat(found("wheel")).containsExactlyInAnyOrder("one", "two", "long");
    assertThat(store.refused()).isEmpty();
    String endless = "y".repeat(40_000);
    assertThatThrownBy(() -> put(endless, "The wheel of nowhere.", ""))
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("40000 characters");
  }

  @Test
  void refusesWhatMakesNoSenseAndAnswersOddQuestions() throws IOException {
    Passage passage = passage("a", 0, "one", "");
    assertThatThrownBy(() -> store.put("b", List.of(passage))).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("'b'");
    PassageVectors wrong = new PassageVectors("a", EMBEDDERS.get(Language.ENGLISH).model(), List.of(new PassageVector("x", new float[3])));
    assertThatThrownBy(() -> store.putVectors("a", wrong)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("3 dimensions");
    put("a", "a quoted \"word\" and {!func}x or $y", "Map.Entry<K,V>");
    store.refresh();
    for (String odd : List.of("", "   ", "the of", "?*\"(:", "a".repeat(9_000), "word ".repeat(3_000), "\ud83d", "{!lucene v=$q} OR *:*", "\"", "\\", "Map.Entry")) {
      assertThat(store.search(Query.of(odd, 3, Access.EVERYTHING)).hits()).hasSizeLessThanOrEqualTo(3);
    }
    assertThat(store.search(Query.of("word ".repeat(3_000), 3, Access.EVERYTHING)).notes()).anyMatch(note -> note.contains("4000"));
  }

  // --- what tests write and ask --------------------------------------------------------------------------------

  private static List<Passage> made(String id, Random random) {
    Set<String> labels =
        random.nextInt(3) == 0 ? Set.of() : LABELS.stream().filter(_ -> random.nextInt(2) == 0).collect(Collectors.toSet());
    return IntStream.range(0, 1 + random.nextInt(2))
        .mapToObj(i -> {
          String text = words(random, 3 + random.nextInt(30));
          return passage(id, i, text, text.length() % 3 == 0 ? text.split(" ")[0] : "", labels, null);
        })
        .toList();
  }

  private static String words(Random random, int count) {
    return IntStream.range(0, count)
        .mapToObj(_ -> WORDS.get((int) (WORDS.size() * Math.pow(random.nextDouble(), 1.5))))
        .collect(Collectors.joining(" "));
  }

  private static Query query(Random random, Access access) {
    return new Query(
        words(random, 1 + random.nextInt(6)),
        random.nextInt(3) == 0 ? List.of(Language.ENGLISH, Language.CHINESE).get(random.nextInt(2)) : null,
        1 + random.nextInt(20),
        random.nextInt(4) == 0 ? "lib/" : "",
        Deadline.NONE,
        access,
        random.nextBoolean() ? Aim.ANSWER : Aim.SURVEY);
  }

  private static Query with(Query query, Access access) {
    return new Query(
        query.text(), query.language(), query.limit(), query.documentPrefix(), query.deadline(), access, query.aim());
  }

  private static void same(Result found, Result expected, Query query, double tolerance) {
    assertThat(found.notes()).isEqualTo(expected.notes());
    assertThat(found.hits()).extracting(hit -> hit.passage().id()).as(query::toString)
        .isEqualTo(expected.hits().stream().map(hit -> hit.passage().id()).toList());
    for (int i = 0; i < expected.hits().size(); i++) {
      same(found.hits().get(i), expected.hits().get(i), query, tolerance);
    }
  }

  private static void same(Standing found, Standing expected, Query query, double tolerance) {
    assertThat(found.cause()).as(query::toString).isEqualTo(expected.cause());
    assertThat(found.rank()).isEqualTo(expected.rank());
    assertThat(found.best() == null).isEqualTo(expected.best() == null);
    if (found.best() != null && expected.best() != null) {
      same(found.best(), expected.best(), query, tolerance);
    }
  }

  private static void same(Hit found, Hit expected, Query query, double tolerance) {
    assertThat(found.passage()).as(query::toString).isEqualTo(expected.passage());
    assertThat(found.score()).as(query::toString).isCloseTo(expected.score(), within(tolerance));
    assertThat(found.evidence()).hasSameSizeAs(expected.evidence());
    for (int i = 0; i < expected.evidence().size(); i++) {
      Evidence one = found.evidence().get(i);
      Evidence other = expected.evidence().get(i);
      assertThat(one.retriever()).isEqualTo(other.retriever());
      if (tolerance < SAME) {
        assertThat(one.rank()).as("%s of %s", one, query).isEqualTo(other.rank()); // Others may change places at the very end.
      }
      assertThat(one.raw()).isCloseTo(other.raw(), within(tolerance));
      assertThat(one.normalised()).isCloseTo(other.normalised(), within(tolerance));
    }
  }

  private List<String> found(String question) {
    return found(Query.of(question, 5, Access.EVERYTHING));
  }

  private List<String> found(Query query) {
    return store.search(query).hits().stream().map(hit -> hit.passage().documentId()).toList();
  }

  private List<String> texts(String question) {
    return store.search(Query.of(question, 5, Access.EVERYTHING)).hits().stream().map(hit -> hit.passage().text()).toList();
  }
}
