// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

import io.millrace.core.document.Document;
import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.document.Passages;
import io.millrace.core.document.QuestionAnswer;
import io.millrace.core.document.Section;
import io.millrace.core.document.Section.Detail;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;

import static org.assertj.core.api.Assertions.assertThat;

class QuestionMakerTest {

  private static final HeldOut HELD_OUT = new HeldOut(20);

  private static Document document(int number, Language language) {
    boolean chinese = language == Language.CHINESE;
    String name = "Mill" + number;
    List<Section> sections = new ArrayList<>();
    sections.add(
        new Section("", "description", name, "public class " + name,
            chinese ? name + " 把谷物磨成面粉。" : name + " grinds grain to flour.", List.of(new Detail("since", "", "1." + number))));
    for (String member : List.of("grind" + number, "stop" + number, "dress" + number)) {
      sections.add(
          new Section(
              member + "(int)",
              "method",
              member,
              "public int " + member + "(int " + member + "Count)",
              chinese ? "获取" + member + "的结果" : "Adds " + member + " to the queue of the day.",
              List.of(
                  new Detail("parameter", member + "Count", chinese ? member + "的次数" : "how often to " + member),
                  new Detail("returns", "", chinese ? member + "之后的数量" : "how much is left after " + member),
                  new Detail("throws", "IllegalStateException", chinese ? member + "失败时" : "if " + member + " failed"))));
    }
    return new Document(
        "lib/" + name, "test", "class", language, name, List.of("lib", name), null, sections, List.of(), Instant.EPOCH, Map.of(), Set.of());
  }

  private static List<Document> documents() {
    List<Document> documents = new ArrayList<>();
    for (int i = 0; i < 120; i++) {
      documents.add(document(i, i % 2 == 0 ? Language.ENGLISH : Language.CHINESE));
    }
    return documents;
  }

  @Test
  void everyPassageIsOneThatTheMemoryHasAndEveryAnswerIsPartOfIt() {
    List<Document> documents = documents();
    Set<String> passages =
        documents.stream().flatMap(d -> Passages.of(d).stream()).map(Passage::text).collect(Collectors.toSet());

    for (Language language : Language.values()) {
      List<QuestionAnswer> questions = new QuestionMaker(language).make(documents, id -> true, 600);

      assertThat(questions).hasSizeGreaterThan(300);
      assertThat(questions).allSatisfy(q -> assertThat(passages).contains(q.passage()));
      assertThat(questions).allSatisfy(q -> assertThat(q.language()).isEqualTo(language));
      assertThat(questions)
          .extracting(QuestionAnswer::kind)
          .contains("purpose", "how-to", "returns", "parameter", "throws", "since", "unanswerable");
    }
  }

  @Test
  void unanswerableQuestionsAreSilentlyPassedOverByTheirPassage() {
    List<QuestionAnswer> questions = new QuestionMaker(Language.ENGLISH).make(documents(), id -> true, 600);
    List<QuestionAnswer> unanswerable = questions.stream().filter(q -> !q.answerable()).toList();

    assertThat(unanswerable).hasSizeGreaterThan(questions.size() / 10);
    assertThat(unanswerable)
        .allSatisfy(
            q -> {
              java.util.regex.Matcher member =
                  java.util.regex.Pattern.compile("(grind|stop|dress)\\d+").matcher(q.question());
              if (member.find()) {
                assertThat(q.passage()).doesNotContain(member.group());
              }
            });
  }

  @Test
  void heldOutPagesAndTrainingPagesShareNothing() {
    List<Document> documents = documents();
    List<QuestionAnswer> train = new QuestionMaker(Language.ENGLISH).make(documents, id -> !HELD_OUT.contains(id), 500);
    List<QuestionAnswer> held = new QuestionMaker(Language.ENGLISH).make(documents, HELD_OUT::contains, 500);

    assertThat(held).isNotEmpty().allSatisfy(q -> assertThat(HELD_OUT.contains(q.documentId())).isTrue());
    assertThat(train).isNotEmpty().noneSatisfy(q -> assertThat(HELD_OUT.contains(q.documentId())).isTrue());
    Set<String> passages = train.stream().map(QuestionAnswer::passage).collect(Collectors.toCollection(HashSet::new));
    assertThat(held).noneSatisfy(q -> assertThat(passages).contains(q.passage()));
    assertThat(String.join("\n", TrainingText.of(documents, id -> !HELD_OUT.contains(id))))
        .doesNotContain(held.getFirst().passage());
  }

  @Test
  void theSameDocumentsGiveTheSameQuestionsInAnyOrder() {
    List<Document> shuffled = documents();
    Collections.shuffle(shuffled, new Random(1));

    Set<QuestionAnswer> some = new HashSet<>(new QuestionMaker(Language.CHINESE).make(documents(), id -> true, 200));
    Set<QuestionAnswer> others = new HashSet<>(new QuestionMaker(Language.CHINESE).make(shuffled, id -> true, 200));

    assertThat(some).isEqualTo(others);
  }

  @Test
  void neverMakesMoreThanWasAskedFor() {
    assertThat(new QuestionMaker(Language.ENGLISH).make(documents(), id -> true, 37)).hasSizeLessThanOrEqualTo(37);
  }

  @Test
  void firstSentencesBecomeTasks() {
    assertThat(Tasks.of(Language.ENGLISH, "Adds a document to this index.")).contains("add a document to this index");
    assertThat(Tasks.of(Language.ENGLISH, "Copies all bytes.")).contains("copy all bytes");
    assertThat(Tasks.of(Language.ENGLISH, "Returns whether the mill turns.")).contains("find out whether the mill turns");
    assertThat(Tasks.of(Language.ENGLISH, "The mill of the village.")).isEqualTo(Optional.empty());
    assertThat(Tasks.of(Language.CHINESE, "获取当前登录用户的账号。")).contains("获取当前登录用户的账号");
    assertThat(Tasks.of(Language.CHINESE, "磨坊的状态")).isEqualTo(Optional.empty());
  }
}
