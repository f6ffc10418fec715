// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.log.PassageVectors;
import io.millrace.core.log.PassageVectors.PassageVector;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Embedder;
import io.millrace.core.spi.Neighbours.Neighbour;
import io.millrace.core.spi.Retriever.Cause;
import io.millrace.core.spi.Retriever.Evidence;
import io.millrace.core.spi.Retriever.Hit;
import io.millrace.core.spi.Retriever.Query;
import io.millrace.core.time.Deadline;
import org.apache.lucene.util.VectorUtil;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class PassageIndexTest {

  private static final String WRITER = "lucene-core/org/apache/lucene/index/IndexWriter";
  private static final String READER = "lucene-core/org/apache/lucene/index/DirectoryReader";
  private static final String EXCEL = "easyexcel-core/com/alibaba/excel/EasyExcel";

  @TempDir Path folder;
  private PassageIndex index;

  @BeforeEach
  void open() {
    index = new PassageIndex(folder, embedders(), SearchSettings.DEFAULT);
  }

  @AfterEach
  void close() {
    index.close();
  }

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

  private static Passage untitled(String document, String text) {
    return new Passage(document + "#0", document, 0, "", List.of(), "", text, Language.CHINESE, null, Set.of());
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
  void appliesAVectorOnlyToTheTextItWasMadeFrom() throws IOException {
    Passage before = passage("a/Page", 0, "", "old words");
    Passage after = passage("a/Page", 0, "", "new words");
    index.put("a/Page", List.of(after));
    index.putVectors("a/Page", vectors(List.of(before)));
    index.refresh();
    assertThat(index.counts()).isEqualTo(new PassageIndex.Counts(1, 1, 0));

    index.putVectors("a/Page", vectors(List.of(after)));
    index.refresh();
    assertThat(index.counts()).isEqualTo(new PassageIndex.Counts(1, 1, 1));
  }

  @Test
  void keepsVectorsThatArriveBeforeTheirPassages() throws IOException {
    List<Passage> passages = List.of(passage("a/Page", 0, "", "one"), passage("a/Page", 1, "", "two"));
    index.putVectors("a/Page", vectors(passages));
    index.commit(Map.of());
    index.close();
    open();
    assertThat(index.counts()).isEqualTo(new PassageIndex.Counts(0, 0, 0));

    index.put("a/Page", passages);
    index.refresh();
    assertThat(index.counts()).isEqualTo(new PassageIndex.Counts(1, 2, 2));
  }

  @Test
  void keepsVectorsOfALaterTextThatArriveBeforeIt() throws IOException {
    List<Passage> first = List.of(passage("a/Page", 0, "", "first edition"));
    List<Passage> second = List.of(passage("a/Page", 0, "", "second edition"));
    List<Passage> third = List.of(passage("a/Page", 0, "", "third edition"));
    index.put("a/Page", first);
    index.putVectors("a/Page", vectors(first));
    index.refresh();
    index.putVectors("a/Page", vectors(second));
    index.putVectors("a/Page", vectors(third));
    index.commit(Map.of());
    index.close();
    open();
    assertThat(index.counts()).as("the old text keeps its own").isEqualTo(new PassageIndex.Counts(1, 1, 1));

    index.put("a/Page", second);
    index.refresh();
    assertThat(index.counts()).as("overtaken").isEqualTo(new PassageIndex.Counts(1, 1, 0));
    index.put("a/Page", third);
    index.refresh();
    assertThat(index.counts()).isEqualTo(new PassageIndex.Counts(1, 1, 1));

    index.putVectors("a/Page", vectors(second));
    index.delete("a/Page");
    index.put("a/Page", second);
    index.refresh();
    assertThat(index.counts()).as("put again after a deletion").isEqualTo(new PassageIndex.Counts(1, 1, 1));
    index.putVectors("a/Page", vectors(first));
    index.deleteVectors("a/Page", vectors(first).model());
    index.delete("a/Page");
    index.put("a/Page", first);
    index.refresh();
    assertThat(index.counts()).as("deleted with its text").isEqualTo(new PassageIndex.Counts(1, 1, 0));
  }

  @Test
  void aPassageThatMakesNoSenseIsRefusedAndKeepsNoOtherOut() throws IOException {
    String endless = "x".repeat(40_000);
    assertThatThrownBy(() -> index.put(endless, List.of(passage(endless, 0, "", "text"))))
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("40000 characters");
    assertThatThrownBy(() -> index.delete(endless)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> index.put("c", List.of(new Passage(null, "c", 0, "", List.of(), "", "text", Language.ENGLISH, null, Set.of()))))
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("'null'");
    index.put("b/Page", List.of(passage("b/Page", 0, endless, "another text")));
    index.refresh();
    assertThat(index.refused()).isEmpty();
    assertThat(index.counts()).isEqualTo(new PassageIndex.Counts(1, 1, 0));
  }

  @Test
  void keepsTheVectorsOfPassagesThatDidNotChange() throws IOException {
    Passage stays = passage("a/Page", 0, "", "stays as it is");
    index.put("a/Page", List.of(stays, passage("a/Page", 1, "", "first edition")));
    index.putVectors("a/Page", vectors(List.of(stays, passage("a/Page", 1, "", "first edition"))));
    index.refresh();

    index.put("a/Page", List.of(stays, passage("a/Page", 1, "", "second edition"), passage("a/Page", 2, "", "more")));
    assertThat(index.withoutEmbeddings("a/Page")).extracting(Passage::text).containsExactly("second edition", "more");
    index.refresh();

    assertThat(index.withoutEmbeddings("a/Page")).extracting(Passage::text).containsExactly("second edition", "more");
    assertThat(index.counts()).isEqualTo(new PassageIndex.Counts(1, 3, 1));
    assertThat(index.passages("a/Page")).extracting(Passage::text)
        .containsExactly("stays as it is", "second edition", "more");
  }

  @Test
  void forgetsDeletedDocuments() throws IOException {
    fill();
    index.delete(WRITER);
    index.refresh();

    assertThat(index.passages(WRITER)).isEmpty();
    assertThat(ids("addDocument")).noneMatch(id -> id.startsWith(WRITER + "#"));
    assertThat(index.embedding(WRITER, Access.EVERYTHING)).isEmpty();
  }

  @Test
  void knowsDocumentsOfLikeContent() throws IOException {
    fill();

    List<Neighbour> near = index.nearest(READER, 2, Access.EVERYTHING);

    float[] reader = index.embedding(READER, Access.EVERYTHING).orElseThrow();
    float[] writer = index.embedding(WRITER, Access.EVERYTHING).orElseThrow();
    assertThat(near).singleElement().satisfies(n -> {
      assertThat(n.document()).isEqualTo(WRITER);
      assertThat(n.similarity()).isCloseTo(VectorUtil.dotProduct(reader, writer), within(1e-5)).isLessThan(1);
    });
    assertThat(index.embedding(READER, Access.EVERYTHING)).get().satisfies(v -> assertThat(v).hasSize(384));
    assertThat(index.nearest("nobody/knows", 5, Access.EVERYTHING)).isEmpty();
  }

  @Test
  void refusesVectorsThatAreNoneOfTheirModel() throws IOException {
    Passage passage = passage("a/Page", 0, "", "one");
    index.put("a/Page", List.of(passage));

    assertThatThrownBy(
            () ->
                index.putVectors(
                    "a/Page",
                    new PassageVectors(
                        "a/Page",
                        "bge-small-en-v1.5",
                        List.of(new PassageVector(TextHash.of(passage), new float[3])))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("3 dimensions")
        .hasMessageContaining("384");
  }

  @Test
  void answersOddQuestionsWithoutFailing() throws IOException {
    fill();

    for (String odd : List.of("", "   ", "the of", "?*\"(:", "a".repeat(200_000), "word ".repeat(30_000), "\ud83d")) {
      assertThat(index.search(Query.of(odd, 3, Access.EVERYTHING)).hits().size()).isLessThanOrEqualTo(3);
    }
    assertThat(index.search(Query.of("word ".repeat(30_000), 3, Access.EVERYTHING)).notes()).anyMatch(n -> n.contains("4000"));
  }

  @Test
  void keepsWhatWasCommittedAndItsFacts() throws IOException {
    fill();
    index.commit(Map.of("passages.0", "17"));
    index.put("late/Page", List.of(passage("late/Page", 0, "", "never committed")));
    index.close();
    open();

    assertThat(index.committed()).containsEntry("passages.0", "17");
    assertThat(index.counts().documents()).isEqualTo(3);
    assertThat(ids("addDocument")).startsWith(WRITER + "#1");
  }

  @Test
  void startsAnewWhenTheIndexIsDamagedOrMadeWithOtherModels() throws IOException {
    fill();
    index.commit(Map.of("passages.0", "17"));
    index.close();
    index = new PassageIndex(folder, Map.of(Language.ENGLISH, TestModels.english()), SearchSettings.DEFAULT);
    assertThat(index.committed()).isEmpty();
    assertThat(index.counts().documents()).isZero();
    fill();
    index.commit(Map.of("passages.0", "18"));
    index.close();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(f -> f.getFileName().toString().startsWith("segments_")).toList()) {
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
          bytes.seek(bytes.length() / 2);
          bytes.write(new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
        }
      }
    }
    open();
    assertThat(index.committed()).isEmpty();
    fill();
    assertThat(ids("addDocument")).startsWith(WRITER + "#1");
  }

  /** A filter of keys says what format lies behind it, and is read before its checksum is. */
  @Test
  void startsAnewWhereAFilterOfKeysIsDamaged() throws IOException {
    fill();
    index.commit(Map.of("passages.0", "17"));
    index.close();
    int damaged = 0;
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".cfs") || f.toString().endsWith(".blm")).toList()) {
        String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
        int at = bytes.indexOf("Lucene104", bytes.indexOf("BloomFilter"));
        if (bytes.contains("BloomFilter") && at > 0) {
          Files.writeString(file, bytes.substring(0, at) + "Xuc" + bytes.substring(at + 3), StandardCharsets.ISO_8859_1);
          damaged++;
        }
      }
    }
    assertThat(damaged).isPositive();
    open();
    assertThat(index.committed()).isEmpty();
    fill();
    assertThat(ids("addDocument")).startsWith(WRITER + "#1");
  }

  @Test
  void saysSoWhenAnotherOneHasTheIndexOpen() {
    assertThatThrownBy(() -> new PassageIndex(folder, embedders(), SearchSettings.DEFAULT))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(folder.toString())
        .hasMessageContaining("another");
  }

  private static Map<Language, Embedder> embedders() {
    return Map.of(Language.ENGLISH, TestModels.english(), Language.CHINESE, TestModels.chinese());
  }

  private void fillWithoutVectors() throws IOException {
    for (List<Passage> document : documents()) {
      index.put(document.getFirst().documentId(), document);
    }
    index.refresh();
  }

  private void fill() throws IOException {
    for (List<Passage> document : documents()) {
      put(document.getFirst().documentId(), document);
    }
    index.refresh();
  }

  private void put(String id, List<Passage> passages) throws IOException {
    index.put(id, passages);
    index.putVectors(id, vectors(passages));
  }

  private static List<List<Passage>> documents() {
    return List.of(
        List.of(
            passage(WRITER, 0, "", "An IndexWriter creates and maintains an index."),
            passage(WRITER, 1, "addDocument", "Adds a document to this index."),
            passage(WRITER, 2, "deleteDocuments", "Removes outdated records that match a term."),
            passage(WRITER, 3, "commit", "Makes all pending changes durable on disk.")),
        List.of(
            passage(READER, 0, "", "Reads an index that lies in a directory."),
            passage(READER, 1, "openIfChanged", "Opens a new reader if something was added since.")),
        List.of(
            passage(EXCEL, 0, "read", "使用 EasyExcel 的 read 方法读取 Excel 表格，逐行回调监听器。"),
            passage(EXCEL, 1, "write", "将数据写入 Excel 文件，可以指定表头。")));
  }

  private static Passage passage(String document, int ordinal, String heading, String text) {
    return new Passage(
        document + "#" + ordinal,
        document,
        ordinal,
        heading,
        List.of(document.split("/")),
        heading,
        text,
        Language.of(text),
        null,
        Set.of());
  }

  private static PassageVectors vectors(List<Passage> passages) {
    Embedder embedder =
        passages.getFirst().language() == Language.ENGLISH ? TestModels.english() : TestModels.chinese();
    List<float[]> vectors = embedder.embedPassages(passages.stream().map(Passage::textInContext).toList());
    List<PassageVector> hashed = new ArrayList<>();
    for (int i = 0; i < passages.size(); i++) {
      hashed.add(new PassageVector(TextHash.of(passages.get(i)), vectors.get(i)));
    }
    return new PassageVectors(passages.getFirst().documentId(), embedder.model(), hashed);
  }

  private List<String> ids(String question) {
    return index.search(Query.of(question, 5, Access.EVERYTHING)).hits().stream().map(hit -> hit.passage().id()).toList();
  }

  private static List<String> retrievers(Hit hit) {
    return hit.evidence().stream().map(Evidence::retriever).toList();
  }
}
