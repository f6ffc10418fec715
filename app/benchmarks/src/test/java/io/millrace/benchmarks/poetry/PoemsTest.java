// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.poetry;

import io.millrace.core.document.VerseForm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class PoemsTest {
  private static final String TANG = """
      [{"id": "a", "title": "登鸛雀樓", "paragraphs": ["白日依山盡，黃河入海流。", "欲窮千里目，更上一層樓。"]},
       {"id": "b", "title": "of no form", "paragraphs": ["前不見古人，後不見來者。", "念天地之悠悠，獨愴然而涕下。"]}]
      """;

  @TempDir private Path cache;

  /** A package as npm packs it: ustar headers, content in whole blocks, zeros at the end. */
  private void pack(String... namesAndContents) throws IOException {
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    for (int i = 0; i < namesAndContents.length; i += 2) {
      byte[] content = namesAndContents[i + 1].getBytes(StandardCharsets.UTF_8);
      byte[] header = new byte[512];
      put(header, 0, namesAndContents[i]);
      put(header, 124, String.format("%011o", content.length));
      header[156] = '0';
      tar.write(header);
      tar.write(Arrays.copyOf(content, (content.length + 511) / 512 * 512));
    }
    tar.write(new byte[1024]);
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(cache.resolve("poems-1.tgz")))) {
      tar.writeTo(out);
    }
  }

  private static void put(byte[] header, int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    System.arraycopy(bytes, 0, header, at, bytes.length);
  }

  @Test
  void readsThePoemsThatHaveAFormAndNothingElseOfThePackage() throws Exception {
    pack("package/README.md", "x".repeat(700), "package/dist/quantangshi/poet.tang.0.json", TANG,
        "package/dist/quantangshi/authors.tang.json", "[{\"name\": 1}]");
    List<Poem> poems = Poem.readAll(cache.resolve("poems-1.tgz"));
    assertThat(poems).containsExactly(new Poem("a", VerseForm.QUATRAIN_OF_FIVE, "白日依山盡，黃河入海流。欲窮千里目，更上一層樓。"));
  }

  @Test
  void aPackageThatIsCutOffOrHasNoPoemsIsRefusedWithTheReason() throws Exception {
    pack("package/README.md", "nothing");
    assertThatThrownBy(() -> Poem.readAll(cache.resolve("poems-1.tgz"))).hasMessageContaining("no poems");
    byte[] whole = Files.readAllBytes(cache.resolve("poems-1.tgz"));
    Files.write(cache.resolve("poems-1.tgz"), Arrays.copyOf(whole, whole.length / 2));
    assertThatThrownBy(() -> Poem.readAll(cache.resolve("poems-1.tgz"))).hasMessageContaining("cut off");
  }

  @Test
  void theVocabularyKeepsTheMostFrequentAndSaysWhereItKnowsNoCharacter() {
    List<Poem> poems = List.of(new Poem("a", VerseForm.QUATRAIN_OF_SEVEN, "山山山水水，花"));
    CharacterVocabulary vocabulary = new CharacterVocabulary(poems, 8);
    assertThat(vocabulary.size()).isEqualTo(8);
    int[] tokens = vocabulary.encode(poems);
    assertThat(tokens).hasSize(9).startsWith(vocabulary.form(VerseForm.QUATRAIN_OF_SEVEN)).endsWith(CharacterVocabulary.END);
    assertThat(vocabulary.decode(Arrays.copyOfRange(tokens, 1, 8))).isEqualTo("山山山水水□□");
  }
}
