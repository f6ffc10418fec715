// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.answer;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.generation.Generation.Finish;
import io.millrace.core.spi.Guard;
import io.millrace.core.time.Deadline;
import io.millrace.guard.GuardPolicy;
import io.millrace.guard.RiskGuard;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

import static org.assertj.core.api.Assertions.assertThat;

class SentenceEvidenceTest {

  private static final Guard GUARD = new RiskGuard(GuardPolicy.defaults(), null);
  private static final String SLUICE = "A sluice controls the water of a race. Closing it takes 12 seconds.";
  private static final String WHEEL = "水车是一种利用水流动力的机械。打开闸门需要十二秒。";

  private static Draft draft(String text, int ownWords, String... passages) {
    List<Citation> citations = new ArrayList<>();
    for (String passage : passages) {
      String id = "mill/" + citations.size();
      citations.add(Citation.of(
          citations.size() + 1, new Passage(id + "#0", id, 0, "", List.of("mill"), "", passage, Language.of(passage), null, Set.of()), "", 1));
    }
    return new Draft(Mode.MODEL, "m@1", text, ownWords, citations, List.of(passages), 0, 0, Finish.STOP);
  }

  private static List<Sentence> of(Draft draft) {
    return SentenceEvidence.of(GUARD, "How long?", draft, Deadline.NONE);
  }

  @Test
  void eachSentenceNamesTheWordsOfThePassageThatItCites() {
    String text = "Closing it takes 12 seconds. [1] 打开闸门需要十二秒。[2]";
    List<Sentence> sentences = of(draft(text, 0, SLUICE, WHEEL));
    assertThat(sentences).extracting(each -> text.substring(each.start(), each.end()))
        .containsExactly("Closing it takes 12 seconds.", "打开闸门需要十二秒。");
    assertThat(sentences).allSatisfy(each -> assertThat(each.verdict()).isEqualTo("supported"));
    assertThat(sentences.get(0).evidence().quote()).isEqualTo("Closing it takes 12 seconds.");
    assertThat(sentences.get(0).evidence().citation()).isEqualTo(1);
    assertThat(sentences.get(1).evidence().quote()).isEqualTo("打开闸门需要十二秒。");
    assertThat(sentences.get(1).evidence().document()).isEqualTo("mill/1");
  }

  @Test
  void aSentenceIsHeldAgainstWhatItCitesAndNotAgainstTheRest() {
    Sentence wrong = of(draft("Closing it takes 12 seconds [2].", 0, SLUICE, "A hopper holds grain.")).getFirst();
    assertThat(wrong.verdict()).isEqualTo("not");
    assertThat(wrong.in(Language.CHINESE).reason()).contains("12").contains("资料");
    assertThat(of(draft("Closing it takes 12 seconds.", 0, "A hopper holds grain.", SLUICE)).getFirst().evidence().citation()).isEqualTo(2);
  }

  @Test
  void theGatewaysOwnWordsNeedNoEvidence() {
    String opening = "I cannot vouch for it:";
    String text = opening + "\n\n“Closing it takes 12 seconds.” [1]";
    assertThat(of(draft(text, opening.length(), SLUICE))).singleElement().extracting(Sentence::verdict).isEqualTo("supported");
    assertThat(of(draft("This is not in the sources.", 0))).isEmpty();
  }

  @Test
  void secretsOfAPassageAreNotShown() {
    Sentence sentence = of(draft("Write to anna.schmidt@example.org.", 0, "Write to anna.schmidt@example.org.")).getFirst();
    assertThat(sentence.evidence().quote()).isEqualTo("Write to [email].");
  }

  @Test
  void stopsAtTheDeadline() {
    Deadline past = Deadline.after(Duration.ofNanos(1));
    assertThat(SentenceEvidence.of(GUARD, "", draft("Closing it takes 12 seconds.", 0, SLUICE), past)).isEmpty();
  }

  @Test
  void rangesFitTheTextsWhateverAModelWrites() {
    SplittableRandom random = new SplittableRandom(3);
    String[] bits = {"Closing it", " takes 12", " seconds.", " [1]", "[2, 1]", "[9]", "。", "水车", "𠀀", "😀", "\n", "rows[0]", "！", "“", "”", " ", "[", "1]"};
    for (int round = 0; round < 1_000; round++) {
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(14); i > 0; i--) {
        text.append(bits[random.nextInt(bits.length)]);
      }
      int end = 0;
      for (Sentence sentence : of(draft(text.toString(), 0, SLUICE, WHEEL))) {
        assertThat(sentence.start()).as(text.toString()).isBetween(end, sentence.end() - 1);
        assertThat(sentence.end()).isLessThanOrEqualTo(text.length());
        end = sentence.end();
        if (sentence.evidence() != null) {
          String passage = sentence.evidence().citation() == 1 ? SLUICE : WHEEL;
          assertThat(passage.substring(sentence.evidence().start(), sentence.evidence().end())).isEqualTo(sentence.evidence().quote());
        }
      }
    }
  }
}
