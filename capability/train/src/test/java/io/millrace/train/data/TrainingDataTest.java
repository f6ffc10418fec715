// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.data;

import io.millrace.model.tokenizer.ChatTemplate.Turn;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class TrainingDataTest {
  @TempDir private Path folder;

  private Path file(String text) throws IOException {
    return Files.writeString(Files.createTempFile(folder, "data", ".jsonl"), text);
  }

  @Test
  void readsDialoguesInEveryShape() throws IOException {
    Dataset<Dialogue> dialogues = Dialogues.read(file("""
        {"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}

        {"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}], "system": "s"}
        {"instruction": "c", "input": "d", "output": "e", "history": [["a", "b"]]}
        {"instruction": "c", "input": "", "output": "e"}
        {"prompt": "a", "completion": "b"}
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}]}, {"role": "assistant", "content": null, "tool_calls": [{"id": 1}]}]}
        {"messages": [{"role": "user", "content": "never answered"}]}
        {"instruction": "c", "output": " "}
        """));
    Turn system = new Turn("system", "s");
    Turn a = new Turn("user", "a");
    Turn b = new Turn("assistant", "b");
    assertThat(dialogues.items()).extracting(Dialogue::turns).containsExactly(
        List.of(system, a, b),
        List.of(system, a, b),
        List.of(a, b, new Turn("user", "c\nd"), new Turn("assistant", "e")),
        List.of(new Turn("user", "c"), new Turn("assistant", "e")),
        List.of(a, b),
        List.of(a, new Turn("assistant", "[{\"id\":1}]")));
    assertThat(dialogues.skipped()).isEqualTo(Map.of("without an answer", 2));
    assertThat(dialogues.notes()).isEqualTo("left out: 2 without an answer");
    assertThat(dialogues.items().get(2).prompt()).hasSize(3);
  }

  @Test
  void readsArraysByteOrderMarksAndCompressedFiles() throws IOException {
    String one = "{\"text\": \"水車\"}";
    assertThat(PlainTexts.read(file("\uFEFF [" + one + ",\n" + one + "]")).items()).containsExactly("水車", "水車");
    assertThat(PlainTexts.read(file("\uFEFF" + one)).items()).containsExactly("水車");
    Path packed = folder.resolve("packed.jsonl.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(packed))) {
      out.write(one.getBytes(StandardCharsets.UTF_8));
    }
    assertThat(PlainTexts.read(packed).items()).containsExactly("水車");
  }

  @Test
  void plainTextIsOneDocumentUnlessSeparated() throws IOException {
    Path text = Files.writeString(folder.resolve("a.txt"), "one\ntwo\n<|endoftext|>\nthree <|endoftext|> four\n<|endoftext|>\n");
    assertThat(PlainTexts.read(text).items()).containsExactly("one\ntwo", "three <|endoftext|> four");
    Files.writeString(folder.resolve("b.jsonl"), "{\"text\": \"five\"}");
    Files.writeString(folder.resolve("c.png"), "no text");
    assertThat(PlainTexts.read(folder).items()).hasSize(3).last().isEqualTo("five");
  }

  @Test
  void readsPreferencesInEveryShape() throws IOException {
    Dataset<Preference> pairs = Preference.read(file("""
        {"prompt": "a", "chosen": "b", "rejected": "c"}
        {"conversations": [{"from": "human", "value": "a"}], "chosen": {"from": "gpt", "value": "b"}, "rejected": {"from": "gpt", "value": "c"}}
        {"chosen": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}], "rejected": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "c"}]}
        {"chosen": "\\n\\nHuman: a\\n\\nAssistant: b", "rejected": "\\n\\nHuman: a\\n\\nAssistant: c"}
        {"prompt": "a", "chosen": "b", "rejected": "b"}
        {"prompt": "a", "chosen": "b", "rejected": ""}
        {"chosen": "\\n\\nHuman: a\\n\\nAssistant: b", "rejected": "\\n\\nHuman: z\\n\\nAssistant: c"}
        """));
    assertThat(pairs.items()).hasSize(4).containsOnly(new Preference(List.of(new Turn("user", "a")), "b", "c"));
    assertThat(pairs.skipped()).containsOnlyKeys(
        "whose answers are equal", "with an empty answer", "whose answers belong to different prompts");
  }

  @Test
  void readsJudgementsPairsAndClasses() throws IOException {
    assertThat(Judgement.read(file("""
        {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}], "label": true}
        {"prompt": "a", "completion": "c", "label": 0}
        """)).items()).containsExactly(
        new Judgement(List.of(new Turn("user", "a")), "b", true), new Judgement(List.of(new Turn("user", "a")), "c", false));

    assertThat(RelevantPair.read(file("""
        {"query": "q", "positive": "p", "negative": "n"}
        {"query": "q", "pos": ["p", "r"], "neg": ["n", "p", "q"]}
        {"query": "q", "title": "p", "neg_title": "n"}
        {"anchor": "q", "positive": "p"}
        {"sentence1": "q", "sentence2": "p", "label": "1"}
        {"sentence1": "q", "sentence2": "x", "label": "0"}
        """)).items()).containsExactly(
        new RelevantPair("q", "p", List.of("n")), new RelevantPair("q", "p", List.of("n")),
        new RelevantPair("q", "r", List.of("n")), new RelevantPair("q", "p", List.of("n")),
        new RelevantPair("q", "p", List.of()), new RelevantPair("q", "p", List.of()));

    assertThat(LabelledText.read(file("""
        {"text": "t", "label": "spam"}
        {"sentence1": "t", "sentence2": "u", "label": 1}
        """)).items()).containsExactly(new LabelledText("t", null, "spam"), new LabelledText("t", "u", "1"));
  }

  @Test
  void refusesWhatItDoesNotKnowAndNamesFileLineAndRemedy() throws IOException {
    assertThatThrownBy(() -> Dialogues.read(file("{\"prompt\": \"a\", \"completion\": \"b\"}\n{\"question\": \"a\"}\n")))
        .hasMessageContaining(".jsonl, line 2: expected messages").hasMessageContaining("[question]");
    assertThatThrownBy(() -> Dialogues.read(file("{\"messages\": [{\"role\": \"wizard\", \"content\": \"a\"}]}")))
        .hasMessageContaining("'wizard'").hasMessageContaining("assistant");
    assertThatThrownBy(() -> Dialogues.read(file("{\"prompt\": \"a\", \"compl"))).hasMessageContaining("line 1: not valid JSON");
    assertThatThrownBy(() -> Dialogues.read(file("[{\"prompt\": \"a\", \"completion\": \"b\"},\n\n {\"pro")))
        .hasMessageContaining("line 3: not valid JSON");
    assertThatThrownBy(() -> Dialogues.read(file("[1]"))).hasMessageContaining("expected an object").hasMessageContaining("found 1");
    assertThatThrownBy(() -> Dialogues.read(file("{\"instruction\": 5, \"output\": \"a\"}")))
        .hasMessageContaining("'instruction' must be a text, found 5");
    assertThatThrownBy(() -> Preference.read(file("{\"chosen\": \"b\", \"rejected\": \"c\"}")))
        .hasMessageContaining("'chosen' has no prompt");
    assertThatThrownBy(() -> Judgement.read(file("{\"prompt\": \"a\", \"completion\": \"b\", \"label\": \"maybe\"}")))
        .hasMessageContaining("true or false, found \"maybe\"");
    assertThatThrownBy(() -> PlainTexts.read(file("  \n"))).hasMessageContaining("holds no records");
    assertThatThrownBy(() -> PlainTexts.read(folder.resolve("nowhere"))).hasMessageContaining("no file or folder");
    Path latin = Files.write(folder.resolve("latin.txt"), new byte[] {'a', (byte) 0xe9, 'b'});
    assertThatThrownBy(() -> PlainTexts.read(latin)).hasMessageContaining("not UTF-8");
    assertThatThrownBy(() -> Preference.read(file("{\"prompt\": \"a\", \"chosen\": \"b\", \"rejected\": \"b\"}")))
        .hasMessageContaining("nothing to learn from").hasMessageContaining("1 whose answers are equal");
  }

  @Test
  void itemsWithTheSameKeyAreHeldOutTogether() {
    List<String> items = java.util.stream.IntStream.range(0, 2000).mapToObj(i -> "prompt " + i / 2).toList();
    Dataset.Split<String> split = new Dataset<>(items, Map.of()).split(10, item -> item);
    assertThat(split.heldOut()).doesNotContainAnyElementsOf(split.training());
    assertThat(split.heldOut().size()).isBetween(120, 290);
    assertThat(split.training().size() + split.heldOut().size()).isEqualTo(2000);
    assertThat(new Dataset<>(items, Map.of()).split(0, item -> item).heldOut()).isEmpty();
  }
}
