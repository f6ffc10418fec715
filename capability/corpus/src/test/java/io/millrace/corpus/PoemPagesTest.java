// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

import io.millrace.core.document.Document;
import io.millrace.core.document.Language;
import io.millrace.core.document.Passages;
import io.millrace.core.document.QuestionAnswer;
import io.millrace.core.log.DeadLetter;
import io.millrace.core.spi.FileFormats;
import io.millrace.formats.Formats;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

class PoemPagesTest {

  @TempDir Path work;

  private PoemArchive archive(Map<String, String> files, String... patterns) throws Exception {
    Path file = PoemFixtures.pack(work.resolve("poems.tgz"), files);
    return new PoemArchive(file, "poems", "npm:poems@1.0.0", List.of(patterns));
  }

  private Corpus run(int most, PoemArchive... archives) throws Exception {
    Path scratch = Files.createTempDirectory(work, "scratch");
    return CorpusJob.run(
        new CorpusJob.Settings(List.of(), List.of(), List.of(archives), Formats.DEFAULT, most, 2), scratch, CorpusProgress.NONE, () -> false);
  }

  @Test
  void poemsBecomeDocumentsInTheScriptOfTheirSource() throws Exception {
    Corpus corpus = run(0, archive(PoemFixtures.files(), "**/poet.tang.*.json", "**/songci/*.json"));

    assertThat(corpus.documents())
        .extracting(Document::id, Document::title)
        .containsExactly(
            tuple("poems/dist/songci/宋词三百首/0", "如梦令·溪上水车初转"),
            tuple("poems/dist/songci/宋词三百首/1", "如梦令·门外麦黄千亩"),
            tuple("poems/river", "江上"),
            tuple("poems/tower", "登鸛雀樓"));
    Document tower = corpus.documents().getLast();
    assertThat(tower.path()).containsExactly("poems", "全唐詩", "王之渙", "登鸛雀樓");
    assertThat(tower.attributes())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of("collection", "全唐詩", "dynasty", "唐", "author", "王之渙", "form", "五言絕句"));
    assertThat(Passages.of(tower).getFirst().text())
        .isEqualTo("登鸛雀樓\n唐 · 王之渙 · 五言絕句\n白日依山盡，黃河入海流。\n欲窮千里目，更上一層樓。");
    assertThat(corpus.documents().getFirst().attributes()).containsEntry("form", "词").containsEntry("dynasty", "宋");
  }

  @Test
  void whatIsNoPoemIsCountedAndKeptAside() throws Exception {
    Corpus corpus = run(0, archive(PoemFixtures.files(), "**/quantangshi/*.json"));

    assertThat(corpus.documents()).hasSize(2);
    assertThat(corpus.statistics().deadLetters()).isEqualTo(3);
    assertThat(corpus.deadLetters())
        .extracting(DeadLetter::source)
        .containsExactly(
            "npm:poems@1.0.0!dist/quantangshi/authors.json",
            "npm:poems@1.0.0!dist/quantangshi/poet.tang.0.json#1",
            "npm:poems@1.0.0!dist/quantangshi/poet.tang.0.json#3");
    assertThat(corpus.deadLetters().get(0).reason()).contains("no JSON list of poems");
    assertThat(corpus.deadLetters().get(1))
        .satisfies(letter -> assertThat(letter.reason()).contains("no lines"))
        .satisfies(letter -> assertThat(letter.excerpt()).contains("佚名"));
  }

  @Test
  void takesWhatIsNamedFirstAndSamplesTheRest() throws Exception {
    String many =
        IntStream.range(0, 2_500)
            .mapToObj(i -> "{\"id\": \"p" + i + "\", \"title\": \"其" + i + "\", \"paragraphs\": [\"" + Character.toString(0x4e00 + i) + "水流千里，山花開一時。\"]}")
            .collect(Collectors.joining(",", "[", "]"));
    Map<String, String> files = PoemFixtures.files();
    files.put("dist/quantangshi/poet.song.0.json", many);
    PoemArchive archive = archive(files, "**/songci/*.json", "**/poet.song.*.json", "**/poet.tang.*.json");

    PoemPages some = PoemPages.unpack(archive, work.resolve("some"), 102);
    PoemPages again = PoemPages.unpack(archive, work.resolve("again"), 102);
    PoemPages all = PoemPages.unpack(archive, work.resolve("all"), 0);

    assertThat(some.size()).isEqualTo(102);
    assertThat(some.places()).isEqualTo(again.places()).startsWith(0, 1);
    assertThat(Arrays.stream(some.places()).skip(2).map(place -> place & 0xffffffffL))
        .allMatch(position -> position < 2_500)
        .anyMatch(position -> position > 2_000);
    assertThat(all.size()).isEqualTo(2 + 2_500 + 4);
    assertThat(run(0, archive).documents()).hasSize(2 + 2_500 + 2);
  }

  @Test
  void aPackageThatIsCutOffOrHasNoneOfTheFilesIsRefusedWithTheRemedy() throws Exception {
    PoemArchive archive = archive(PoemFixtures.files(), "**/poet.tang.*.json");
    byte[] whole = Files.readAllBytes(archive.file());
    Path cut = Files.write(work.resolve("cut.tgz"), Arrays.copyOf(whole, whole.length / 2));

    assertThatThrownBy(() -> run(0, new PoemArchive(cut, "poems", "npm:poems@1.0.0", List.of("**.json"))))
        .hasMessageContaining("cut.tgz")
        .hasMessageContaining("delete it");
    assertThatThrownBy(() -> run(0, archive(PoemFixtures.files(), "**/yuanqu/*.json")))
        .hasMessageContaining("**/yuanqu/*.json")
        .hasMessageContaining("sources.npm");
  }

  @Test
  void aFileThatLeadsOutOfThePackageIsRefused() throws Exception {
    PoemArchive archive = archive(Map.of("../../../out.json", "[]"), "**.json");

    assertThatThrownBy(() -> PoemPages.unpack(archive, work.resolve("in/side"), 0)).hasMessageContaining("leads out of it");
  }

  @Test
  void aLineAndTheOneAskedForStandInTheSamePassage() throws Exception {
    String paragraphs =
        IntStream.range(0, 300)
            .mapToObj(i -> "\"" + Character.toString(0x4e00 + i) + "水流千里，山花" + Character.toString(0x5e00 + i) + "一時。\"")
            .collect(Collectors.joining(","));
    String poems =
        IntStream.range(0, 60)
            .mapToObj(i -> "{\"id\": \"long" + i + "\", \"title\": \"長歌" + Character.toString(0x6e00 + i) + "\", \"paragraphs\": [\"" + Character.toString(0x7e00 + i) + "山之歌。\"," + paragraphs + "]}")
            .collect(Collectors.joining(",", "[", "]"));
    PoemArchive archive = archive(Map.of("songs.json", poems), "*.json");
    PoemPages pages = PoemPages.unpack(archive, work.resolve("long"), 0);
    List<Document> documents = new ArrayList<>();
    pages.read(0, pages.size(), new PageSource.Output() {
      @Override
      public void document(Document document) {
        documents.add(document);
      }

      @Override
      public void deadLetter(DeadLetter letter) {
        throw new AssertionError(letter);
      }

      @Override
      public void skipped() {}

      @Override
      public FileFormats formats() {
        throw new AssertionError("poems are no files of their own");
      }
    });

    List<QuestionAnswer> questions = new QuestionMaker(Language.CHINESE).make(documents, id -> true, 500);

    assertThat(Passages.of(documents.getFirst())).hasSizeGreaterThan(2);
    assertThat(questions).filteredOn(q -> q.answerable() && q.kind().endsWith("-line")).hasSizeGreaterThan(60).allSatisfy(q -> {
      String asked = q.question().substring(q.question().indexOf('“') + 1, q.question().indexOf('”'));
      assertThat(q.passage()).contains(asked);
    });
  }

  @Test
  void questionsAskForAuthorDynastyAndNeighbouringLines() throws Exception {
    Corpus corpus = run(0, archive(PoemFixtures.files(), "**/poet.tang.*.json"));

    List<QuestionAnswer> questions = new QuestionMaker(Language.CHINESE).make(corpus.documents(), id -> true, 100);

    List<QuestionAnswer> tower =
        questions.stream().filter(q -> q.answerable() && q.documentId().equals("poems/tower")).toList();
    assertThat(tower).extracting(QuestionAnswer::kind).contains("written-by", "dynasty", "next-line");
    List<String> lines = List.of("白日依山盡", "黃河入海流", "欲窮千里目", "更上一層樓");
    assertThat(tower).allSatisfy(q -> {
      String answer = q.answers().getFirst();
      switch (q.kind()) {
        case "written-by" -> assertThat(answer).isEqualTo("王之渙");
        case "dynasty" -> assertThat(answer).isEqualTo("唐");
        case "next-line" -> assertThat(q.question()).contains(lines.get(lines.indexOf(answer) - 1));
        default -> assertThat(q.question()).contains(lines.get(lines.indexOf(answer) + 1));
      }
    });
    assertThat(questions).filteredOn(q -> q.documentId().equals("poems/river") && q.answerable())
        .allSatisfy(q -> assertThat(q.kind()).isNotEqualTo("written-by"))
        .allSatisfy(q -> assertThat(q.question() + q.answers()).doesNotContain("□"));
  }
}
