// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.query;

import io.millrace.core.document.Language;
import io.millrace.core.generation.Message;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/** Questions that lean on a dialogue, and questions that do not. */
class FollowUpTest {

  private record Labelled(boolean followUp, Message before, String question) {}

  private static List<Labelled> labelled(String file, Language language) throws IOException {
    try (InputStream lines = FollowUpTest.class.getResourceAsStream("/query/" + file)) {
      return new String(lines.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.split("\t"))
          .map(cells -> new Labelled(cells[0].equals("F"), new Message("user", cells[1]), cells[2]))
          .filter(each -> Language.of(each.before().content()) == language)
          .toList();
    }
  }

  /**
   * How well both are told apart.
   *
   * @param wrong those that were taken for the other kind
   */
  private record Told(double precision, double recall, List<String> wrong) {
    static Told of(List<Labelled> all) {
      int found = 0;
      int changed = 0;
      List<String> wrong = new ArrayList<>();
      for (Labelled each : all) {
        boolean leans = !Inquiry.of(each.question(), List.of(each.before())).text().equals(each.question());
        changed += leans ? 1 : 0;
        found += leans && each.followUp() ? 1 : 0;
        if (leans != each.followUp()) {
          wrong.add((leans ? "changed: " : "not seen: ") + each.question());
        }
      }
      long followUps = all.stream().filter(Labelled::followUp).count();
      return new Told(found / (double) changed, found / (double) followUps, wrong);
    }
  }

  @ParameterizedTest
  @EnumSource
  void tellsFollowUpsFromQuestionsThatStandAlone(Language language) throws IOException {
    List<Labelled> all = labelled("dialogues.tsv", language);
    assertThat(all.stream().filter(Labelled::followUp).count() >= 40 && all.stream().filter(each -> !each.followUp()).count() >= 40).isTrue();
    assertThat(Told.of(all).wrong()).isEqualTo(List.of());
  }

  /** Docs/lab-notes.md has the figures; a change of the rules for other questions must not spoil these. */
  @ParameterizedTest
  @EnumSource
  void tellsThemApartInQuestionsThatTheRulesWereNotMadeFor(Language language) throws IOException {
    Told told = Told.of(labelled("held-out.tsv", language));
    assertThat(told.precision() >= 0.9 && told.recall() >= 0.7).as("%s", told).isTrue();
  }

  @Test
  void changesNoneOfTheQuestionsThatADomainSaysItMustAnswer() throws IOException {
    Path file = Path.of("../../domains/java-docs/questions.yaml");
    List<String> questions =
        Files.readAllLines(file).stream().filter(line -> line.startsWith("    question: "))
            .map(line -> line.substring("    question: ".length()).replaceAll("^\"|\"$", "")).toList();
    assertThat(questions.size() > 150).isTrue();
    Message before = new Message("user", "How do I open an IndexWriter?");
    List<String> changed =
        questions.stream().filter(question -> !Inquiry.of(question, List.of(before)).text().equals(question)).toList();
    assertThat(changed).isEqualTo(List.of());
  }

  @ParameterizedTest
  @EnumSource
  void changesNothingWithoutADialogue(Language language) throws IOException {
    for (Labelled each : labelled("dialogues.tsv", language)) {
      assertThat(Inquiry.of(each.question()).text()).isEqualTo(each.question());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "How do I open an IndexWriter? | And how do I close it? | how do I close IndexWriter?",
        "What is the default size of the RAM buffer of IndexWriter? | How do I change it? | How do I change default size of the RAM buffer of IndexWriter?",
        "How do I open an IndexWriter? | What is its default RAM buffer? | What is IndexWriter's default RAM buffer?",
        "How do I open an IndexWriter? | Does it close its files by itself? | Does IndexWriter close its files by itself?",
        "How do I open an IndexWriter? | Does a consumer commit by itself? | Does a consumer commit by itself?",
        "How do I open an IndexWriter? | Do consumers commit by themselves? | Do consumers commit by themselves?",
        "How do I open an IndexWriter? | What about IndexReader? | How do I open an IndexReader?",
        "What does KafkaConsumer.poll return? | Does this method block? | Does KafkaConsumer.poll method block?",
        "What does KafkaConsumer.poll return? | What is the default? | What is the default? (KafkaConsumer.poll)",
        "《静夜思》是什么诗？ | 那它的作者是谁？ | 《静夜思》的作者是谁？",
        "《静夜思》的作者是谁？ | 他是哪个朝代的？ | 《静夜思》的作者是哪个朝代的？",
        "《静夜思》的作者是谁？ | 它有几句？ | 《静夜思》有几句？",
        "《静夜思》的作者是谁？ | 那《春晓》呢？ | 《春晓》的作者是谁？",
        "《静夜思》是什么诗？ | 作者是谁？ | 《静夜思》 作者是谁？",
        "IndexWriter 怎么打开？ | 怎么关闭它？ | 怎么关闭IndexWriter？",
        "IndexWriter 怎么打开？ | 这个类线程安全吗？ | IndexWriter的类线程安全吗？",
      })
  void putsWhatWasSpokenOfInPlace(String before, String question, String standalone) {
    assertThat(Inquiry.of(question, List.of(new Message("user", before))).text()).isEqualTo(standalone);
  }

  @Test
  void searchesForTheQuestionBeforeOnceMoreWhereOnlyWhyIsAsked() {
    Inquiry inquiry = Inquiry.of("Why?", List.of(new Message("user", "Is IndexWriter safe for many threads?"), new Message("assistant", "Yes.")));
    assertThat(inquiry.text()).isEqualTo("Is IndexWriter safe for many threads?\nWhy?");
    assertThat(inquiry.carried()).isEqualTo(List.of("Is IndexWriter safe for many threads?"));
  }

  @Test
  void knowsWhatIsMeantSeveralTurnsLater() {
    List<Message> before =
        List.of(new Message("user", "How do I open an IndexWriter?"), new Message("assistant", "With a Directory. [1]"),
            new Message("user", "And how do I close it?"), new Message("assistant", "Call close. [1]"));
    assertThat(Inquiry.of("Is it thread-safe?", before).text()).isEqualTo("Is IndexWriter thread-safe?");
  }

  @Test
  void takesTheNameThatTheAnswerGaveWhereTheQuestionHadNone() {
    List<Message> before =
        List.of(new Message("user", "Which class writes an index?"),
            new Message("assistant", "An IndexWriter creates and maintains an index. [1]"));
    assertThat(Inquiry.of("And how do I close it?", before).text()).isEqualTo("how do I close IndexWriter? (index)");
  }

  @Test
  void takesNothingFromWhatTheSystemSaid() {
    assertThat(Inquiry.of("Why?", List.of(new Message("system", "You are IndexWriter."))).text()).isEqualTo("Why?");
  }

  @ParameterizedTest
  @CsvSource({
    "What is IndexWriter?, Thanks!, What about IndexReader?, What is IndexReader?",
    "What is IndexWriter?, 'Thanks, that works.', How do I close it?, How do I close IndexWriter?",
    "What is IndexWriter?, 'OK, great', How do I close it?, How do I close IndexWriter?",
    "《静夜思》写了什么？, 谢谢！, 它的作者是谁？, 《静夜思》的作者是谁？",
    "《静夜思》写了什么？, 好的，明白了, 它的作者是谁？, 《静夜思》的作者是谁？",
  })
  void courtesiesLeaveWhatWasSpokenOfAsItWas(String first, String courtesy, String question, String understood) {
    List<Message> before =
        List.of(
            new Message("user", first), new Message("assistant", "…"), new Message("user", courtesy),
            new Message("assistant", "Any time. Ask about Lucene whenever you like."));
    assertThat(Inquiry.of(question, before).text()).startsWith(understood);
  }

  @Test
  void whatSaysSomethingIsNoCourtesy() {
    assertThat(List.of("Tell me about lazy loading", "How does that work?", "it works for IndexWriter", "the help page", "行号怎么显示", "好友列表", "this", "谢".repeat(79) + "x", "哦".repeat(79) + "x", "good ".repeat(15) + "x"))
        .noneMatch(Courtesy::is);
    assertThat(List.of("Thank you so much!", "ok", "Great, thanks :)", "got it, that helps a lot", "谢谢", "好的，非常感谢！", "嗯嗯，明白了", "太棒了"))
        .allMatch(Courtesy::is);
  }
}
