// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.data;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Real files of the shapes that people have; skipped where they are not at hand. */
class PublicDataTest {
  private static Path data(String name) {
    Path file = Path.of(System.getProperty("millrace.data", ""), name);
    assumeTrue(Files.exists(file), () -> "no " + file);
    return file;
  }

  @Test
  void readsAlpaca() throws IOException {
    Dataset<Dialogue> english = Dialogues.read(data("sft_dpo_demo/alpaca_en_demo.json"));
    assertThat(english.items().size() + english.skipped().values().stream().mapToInt(i -> i).sum()).isEqualTo(999);
    assertThat(english.items().size()).isGreaterThan(990);
    assertThat(Dialogues.read(data("sft_dpo_demo/alpaca_zh_demo.json")).items().size()).isGreaterThan(990);
  }

  @Test
  void readsDialoguesThatCallTools() throws IOException {
    Dataset<Dialogue> dialogues = Dialogues.read(data("sft_dpo_demo/glaive_toolcall_en_demo.json"));
    assertThat(dialogues.items()).hasSize(300)
        .anyMatch(dialogue -> dialogue.turns().stream().anyMatch(turn -> turn.role().equals("tool")));
  }

  @Test
  void readsPreferences() throws IOException {
    assertThat(Preference.read(data("sft_dpo_demo/dpo_en_demo.json")).items()).hasSize(300);
    assertThat(Preference.read(data("sft_dpo_demo/dpo_zh_demo.json")).items()).hasSize(300);
    Dataset<Preference> harmless = Preference.read(data("hh-rlhf/test.jsonl.gz"));
    assertThat(harmless.items().size()).isGreaterThan(2_200);
    assertThat(harmless.items()).allMatch(pair -> pair.prompt().getFirst().role().equals("user"));
    assertThat(harmless.items().size() + harmless.skipped().values().stream().mapToInt(i -> i).sum()).isEqualTo(2_312);
  }

  @Test
  void readsJudgementsPairsAndTexts() throws IOException {
    assertThat(Judgement.read(data("sft_dpo_demo/kto_en_demo.json")).items()).hasSize(300)
        .anyMatch(Judgement::good).anyMatch(judgement -> !judgement.good());
    Dataset<RelevantPair> triples = RelevantPair.read(data("simclue/train_rank_1w.json"));
    assertThat(triples.items().size()).isGreaterThan(9_500);
    assertThat(LabelledText.read(data("simclue/test_public.json")).items().size()).isGreaterThan(28_000);
    assertThat(PlainTexts.read(data("sft_dpo_demo/c4_demo.jsonl")).items()).hasSize(300);
    assertThat(PlainTexts.read(data("sft_dpo_demo/wiki_demo.txt")).items()).hasSize(1);
  }
}
