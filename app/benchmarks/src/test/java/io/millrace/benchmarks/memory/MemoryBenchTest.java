// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.memory;

import io.millrace.benchmarks.BenchRun;
import io.millrace.benchmarks.Row;
import io.millrace.core.document.Language;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

class MemoryBenchTest {
  @TempDir
  private Path folder;

  @Test
  void readsBeirsLayoutAndMeasuresAllBesideItsParts() throws IOException {
    Path mills = beir(folder.resolve("mills"));
    BenchRun run = new BenchRun(folder, true, null, _ -> { });
    new MemoryBench().measure(run);
    assertThat(run.rows()).extracting(Row::subject).containsOnly("mills");
    assertThat(run.rows()).filteredOn(row -> row.metric().equals("nDCG@10")).singleElement()
        .satisfies(row -> assertThat(row.value()).isBetween(0.9, 1.0));
    assertThat(run.rows()).filteredOn(row -> "by their reciprocal ranks".equals(row.reference())).singleElement()
        .satisfies(row -> assertThat(row.referenceValue()).isBetween(0.9, 1.0));
    BenchRun one = new BenchRun(mills, true, null, _ -> { });
    new MemoryBench().measure(one);
    assertThat(one.rows()).isEqualTo(run.rows());
  }

  @Test
  void judgesOnlyQueriesToWhichSomethingIsRelevant() throws IOException {
    TestCollection collection = CollectionFormat.of(beir(folder)).orElseThrow().read(folder);
    assertThat(collection.documents()).hasSize(3).containsEntry("d1", new TestCollection.Text("The wheel", "It is four metres high.", List.of()));
    assertThat(collection.queries()).containsOnlyKeys("q1", "q2");
    assertThat(collection.grades().get("q1")).isEqualTo(Map.of("d1", 2, "d3", 0));
    assertThat(collection.language()).isEqualTo(Language.ENGLISH);
  }

  @Test
  void readsCranfieldAndCmrc() throws IOException {
    Path cranfield = Files.createDirectories(folder.resolve("cranfield"));
    Files.writeString(cranfield.resolve("cran.all.1400"), ".I 1\n.T\na title\n.W\nlift of\nwings\n.I 2\n.W\nheat\n");
    Files.writeString(cranfield.resolve("cran.qry"), ".I 004\n.W\nwhat lifts\n.I 009\n.W\nwhat heats\n");
    Files.writeString(cranfield.resolve("cranqrel"), "1 1 2 \n2 2 -1\n");
    TestCollection wings = CollectionFormat.of(cranfield).orElseThrow().read(cranfield);
    assertThat(wings.documents().get("1").text()).isEqualTo("lift of\nwings");
    assertThat(wings.queries()).isEqualTo(Map.of("1", "what lifts", "2", "what heats"));
    assertThat(wings.grades()).isEqualTo(Map.of("1", Map.of("1", 1), "2", Map.of("2", 1)));

    Path cmrc = Files.createDirectories(folder.resolve("cmrc2018"));
    Files.writeString(cmrc.resolve("cmrc2018_dev.json"), """
        {"data": [{"paragraphs": [{"id": "P1", "context": "水轮有四米高。", "qas": [{"id": "Q1", "question": "水轮有多高？"}]}]}]}
        """);
    TestCollection wheel = CollectionFormat.of(cmrc).orElseThrow().read(cmrc);
    assertThat(wheel.queries()).isEqualTo(Map.of("Q1", "水轮有多高？"));
    assertThat(wheel.language()).isEqualTo(Language.CHINESE);
    assertThat(CollectionFormat.in(folder)).isEqualTo(List.of(cmrc, cranfield));
  }

  @Test
  void readsCacmFromSmartsFilesAndFromPagesAlike() throws IOException {
    Path smart = Files.createDirectories(folder.resolve("smart"));
    Files.writeString(smart.resolve("cacm.all"), """
        .I 1
        .T
        Mills
        .B
        CACM December, 1958
        .A
        Perlis, A. J.
        .N
        CA581203 JB March 22, 1978  8:28 PM
        .X
        2\t5\t1
        1\t5\t1
        7\t4\t1
        .I 2
        .T
        Wheels
        .W
        How they turn.
        .K
        wheel, water
        """);
    Files.writeString(smart.resolve("query.text"), ".I 1\n.W\n who writes\nof mills\n.N\n 1. A miller\n.I 2\n.W\nnothing\n");
    Files.writeString(smart.resolve("qrels.text"), "01 0001  0 0\n");
    TestCollection files = CollectionFormat.of(smart).orElseThrow().read(smart);
    assertThat(files.documents()).isEqualTo(Map.of(
        "1", new TestCollection.Text("Mills", "Perlis, A. J.", List.of("2")),
        "2", new TestCollection.Text("Wheels", "How they turn.\nwheel, water", List.of())));
    assertThat(files.queries()).isEqualTo(Map.of("1", "who writes\nof mills"));

    Path pages = Files.createDirectories(folder.resolve("pages"));
    try (var tar = new TarArchiveOutputStream(new GZIPOutputStream(Files.newOutputStream(pages.resolve("cacm.tar.gz"))))) {
      page(tar, "CACM-0001.html", "<html>\n<pre>\n\n\nMills\n\nCACM December, 1958\n\nPerlis, A. J.\n\n"
          + "CA581203 JB March 22, 1978  8:28 PM\n\n2\t5\t1\n1\t5\t1\n7\t4\t1\n\n</pre>\n</html>\n");
      page(tar, "CACM-0002.html", "<html>\n<pre>\nWheels\n\nHow they turn.\n\nwheel, water\n\n4.12 5.2\n\n</pre>\n</html>\n");
    }
    Files.writeString(pages.resolve("qrels.cacm.txt"), "1 Q0 CACM-0001 1\n");
    List<String> said = new ArrayList<>();
    assertThatThrownBy(() -> CollectionFormat.of(pages).orElseThrow().read(pages)).isInstanceOf(NoSuchFileException.class);
    new MemoryBench().measure(new BenchRun(pages, true, null, said::add));
    assertThat(said).singleElement().asString().contains("pages").contains("query.text");
    Files.copy(smart.resolve("query.text"), pages.resolve("query.text"));
    TestCollection archive = CollectionFormat.of(pages).orElseThrow().read(pages);
    assertThat(archive.documents()).isEqualTo(files.documents());
    assertThat(archive.queries()).isEqualTo(files.queries());
    assertThat(archive.grades()).isEqualTo(files.grades());
  }

  private static void page(TarArchiveOutputStream tar, String name, String content) throws IOException {
    byte[] bytes = content.getBytes(StandardCharsets.ISO_8859_1);
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setSize(bytes.length);
    tar.putArchiveEntry(entry);
    tar.write(bytes);
    tar.closeArchiveEntry();
  }

  /** Excerpts, small enough for every build. */
  @ParameterizedTest
  @CsvSource({"cranfield, 30, 300, 0.64", "cmrc2018, 200, 120, 0.985"})
  void ranksPublicCollectionsWell(String name, int queries, int documents, double least) throws IOException {
    Path collection = Path.of(System.getProperty("millrace.data", "none")).resolve(name);
    assumeTrue(Files.isDirectory(collection), "no public data at " + collection);
    BenchRun run = new BenchRun(collection, false, null, _ -> { });
    MemoryBench.measure(CollectionFormat.of(collection).orElseThrow().read(collection).excerpt(queries, documents), run);
    assertThat(run.rows()).filteredOn(row -> row.metric().equals("nDCG@10")).singleElement()
        .satisfies(row -> assertThat(row.value()).isGreaterThan(least));
  }

  @Test
  void saysWhatIsMissing() {
    assertThatThrownBy(() -> new MemoryBench().measure(new BenchRun(folder.resolve("nowhere"), true, null, _ -> { })))
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("nowhere").hasMessageContaining("--data");
  }

  private static Path beir(Path folder) throws IOException {
    Files.createDirectories(folder.resolve("qrels"));
    Files.writeString(folder.resolve("corpus.jsonl"), """
        {"_id": "d1", "title": "The wheel", "text": "It is four metres high."}
        {"_id": "d2", "title": "The miller", "text": "Her name is Johanna."}
        {"_id": "d3", "title": "", "text": "Wheat is ground on Mondays."}
        """);
    Files.writeString(folder.resolve("queries.jsonl"), """
        {"_id": "q1", "text": "how high is the wheel"}
        {"_id": "q2", "text": "who is the miller"}
        {"_id": "q3", "text": "nobody knows"}
        """);
    Files.writeString(folder.resolve("qrels/test.tsv"), "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td3\t0\nq2\td2\t1\nq3\td1\t0\n");
    return folder;
  }
}
