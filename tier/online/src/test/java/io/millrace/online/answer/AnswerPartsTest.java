// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.answer;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;

class AnswerPartsTest {

  private static final String PASSAGE =
      "IndexWriter.addDocument\nlong addDocument(Iterable doc)\nAdds a document to this index. "
          + "It returns the sequence number of this operation.\nthrows IOException: if there is a low-level I/O error";

  @Test
  void aSpanIsShownInItsWholeSentence() {
    int start = PASSAGE.indexOf("the sequence number");
    assertThat(Excerpts.around(PASSAGE, start, start + "the sequence number".length()))
        .isEqualTo("It returns the sequence number of this operation.");
  }

  @Test
  void aQuotationIsTheSentenceThatSharesWordsWithTheQuestionAndALiteralPart() {
    assertThat(Excerpts.closest(PASSAGE, "What does addDocument return?"))
        .satisfies(quote -> assertThat(PASSAGE).contains(quote));
    assertThat(Excerpts.closest(PASSAGE, "When is there an I/O error?")).startsWith("throws IOException");
    assertThat(Excerpts.closest("水车。打开闸门需要十二秒。", "打开闸门要多久？")).isEqualTo("打开闸门需要十二秒。");
  }

  private static final String MEMBER =
      "IndexWriter.addDocuments\npublic long addDocuments(Iterable<? extends Iterable<? extends Field>> docs) throws IOException\n"
          + "Adds a block of documents with a Map<String, ? super Field> of fields. They get sequential ids.\n"
          + "parameter docs: the documents to be added\nreturns: the sequence number for this operation\n"
          + "throws IOException: if there is a low-level I/O error";

  @Test
  void aSpanOverSeveralLinesIsShownByItsMainLineWithoutItsLabel() {
    int start = MEMBER.indexOf("the sequence number");
    assertThat(Excerpts.around(MEMBER, start, MEMBER.indexOf("if there"))).isEqualTo("the sequence number for this operation");
    int docs = MEMBER.indexOf("the documents");
    assertThat(Excerpts.around(MEMBER, docs, docs + 13)).isEqualTo("the documents to be added");
    int error = MEMBER.indexOf("low-level");
    assertThat(Excerpts.around(MEMBER, error, error + 9)).isEqualTo("throws IOException: if there is a low-level I/O error");
    int type = MEMBER.indexOf("Iterable<");
    assertThat(Excerpts.around(MEMBER, type, type + 8)).startsWith("public long addDocuments").endsWith("throws IOException");
  }

  @Test
  void quotationsAreProseRatherThanNamesAndSignatures() {
    assertThat(Excerpts.closest(MEMBER, "IndexWriter addDocuments Iterable Field docs"))
        .isEqualTo("Adds a block of documents with a Map<String, ? super Field> of fields.");
    String signatures = "Mill\npublic void turn(List<? extends Wheel> wheels)\npublic void stop()";
    assertThat(Excerpts.closest(signatures, "turn the wheels")).isEqualTo("public void turn(List<? extends Wheel> wheels)");
  }

  @Test
  void markersAreCountedInTheOrderOfFirstUse() {
    List<Integer> used = new ArrayList<>();
    assertThat(
            Markers.renumbered(
                "a [8][5] b [5, 9, 8] rows[0] c [7]",
                rank -> {
                  if (rank == 0 || rank == 7) {
                    return 0;
                  }
                  if (!used.contains(rank)) {
                    used.add(rank);
                  }
                  return used.indexOf(rank) + 1;
                }))
        .isEqualTo("a [1][2] b [2, 3, 1] rows[0] c ");
  }

  @Test
  void textThatAModelWritesGoesOutSentenceBySentenceUntilOneDoesNotPass() {
    List<String> out = new ArrayList<>();
    List<String> judged = new ArrayList<>();
    Dictation dictation =
        new Dictation(
            sentence -> {
              judged.add(sentence.strip());
              return sentence.contains("moon") ? Optional.empty() : Optional.of(sentence);
            },
            out::add);
    for (String piece : "The mill has 2 stones [1]. It grinds rye. It flies to the moon. It rests.".split("(?<= )")) {
      dictation.write(piece);
    }
    dictation.end();
    assertThat(String.join("", out)).isEqualTo("The mill has 2 stones [1]. It grinds rye. ");
    assertThat(dictation.stopped()).isTrue();
    assertThat(dictation.released()).isEqualTo(String.join("", out));
    assertThat(judged).containsExactly("The mill has 2 stones [1].", "It grinds rye.", "It flies to the moon.");
  }

  @Test
  void markersAreFoundAndRemoved() {
    assertThat(Markers.of("a [2] b [1, 3] c[12] [x]")).containsExactly(1, 2, 3, 12);
    assertThat(Markers.removed("It has 2 stones. [1][2]")).isEqualTo("It has 2 stones.");
  }

  @Test
  void piecesOfAStreamAreTogetherTheText() {
    String text = "水车是一种利用水流动力的机械。".repeat(20) + "\n\n“a quote” [1] 𝒳𝒳𝒳 " + "word ".repeat(50);
    assertThat(String.join("", Pieces.of(text))).isEqualTo(text);
    assertThat(Pieces.of(text)).hasSizeGreaterThan(5);
  }
}
