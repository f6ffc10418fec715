// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.tokenizer;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import io.millrace.core.document.Language;
import io.millrace.model.encoder.PretrainedEncoder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

class WordPieceTest {

  private static final int UNKNOWN = 100;

  private static final List<String> TEXTS =
      List.of(
          "",
          " ",
          "How do I close an IndexWriter without losing documents?",
          "IndexWriter.addDocument(Iterable<? extends IndexableField> doc)\n\tAdds a document to this index.",
          "Ünïcödé naïve façade, Ångström, İstanbul, ΣΊΣΥΦΟΣ",
          "数据库连接池的最大连接数是多少？默认为10。",
          "用 Jsoup 解析HTML，然后select(\"a[href]\")",
          "zero\u200bwidth soft\u00adhyphen \ufeffbom \ufffd null\u0000 bell\u0007",
          "a\u00a0b\u2003c\u3000d\u2028e\u0085f\u000bg",
          "emoji 👩‍💻🚀 and 𠀀𪚥 rare",
          "antidisestablishmentarianism".repeat(5),
          "x".repeat(100) + " " + "x".repeat(101),
          "##ing [UNKNOWN] don't e-mail 3.14 $5 ~`^|+<=>",
          "한국어 텍스트 ひらがな カタカナ عربي עִבְרִית हिन्दी");

  @ParameterizedTest
  @EnumSource(Language.class)
  void cutsAsTheReferenceDoes(Language language) throws Exception {
    // The Chinese model's file does not say that its vocabulary has no capitals and no accents, so the reference must be told.
    String file = new String(PretrainedEncoder.tokenizer(language), StandardCharsets.UTF_8);
    byte[] json = file.replaceFirst("\"lowercase\": *false", "\"lowercase\": true").getBytes(StandardCharsets.UTF_8);
    EncoderTokens own = EncoderTokens.of(PretrainedEncoder.tokenizer(language));
    assertThat(own).isInstanceOf(WordPiece.class);
    try (HuggingFaceTokenizer reference =
        HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), Map.of("padding", "false", "truncation", "false"))) {
      List<String> texts = new ArrayList<>(TEXTS);
      Random random = new Random(5);
      for (int i = 0; i < 3_000; i++) {
        texts.add(random(random));
      }
      for (String text : texts) {
        long[] expected = reference.encode(text, false, false).getIds();
        assertThat(own.ids(text)).as(text).isEqualTo(Arrays.stream(expected).mapToInt(Math::toIntExact).toArray());
      }
      long[] empty = reference.encode("", true, false).getIds();
      assertThat(empty).containsExactly(own.cls(), own.sep());
    }
  }

  /** Words of known texts, and characters from all over Unicode that both have heard of. */
  private static String random(Random random) {
    StringBuilder text = new StringBuilder();
    for (int n = random.nextInt(1, 12); n > 0; n--) {
      if (random.nextBoolean()) {
        String[] words = TEXTS.get(random.nextInt(2, TEXTS.size())).split(" ");
        text.append(words[random.nextInt(words.length)]);
      } else {
        // Scripts that have not changed for long: what is unassigned to one version of Unicode is a letter to the next.
        int c = random.nextBoolean() ? random.nextInt(0x600) : 0x1E00 + random.nextInt(0x200);
        text.appendCodePoint(Character.isDefined(c) ? c : 'q');
      }
      if (random.nextInt(3) == 0) {
        text.append(' ');
      }
    }
    return text.toString();
  }

  @Test
  void textThatLooksLikeASpecialTokenIsText() throws Exception {
    EncoderTokens own = EncoderTokens.of(PretrainedEncoder.tokenizer(Language.ENGLISH));
    assertThat(own.ids("end [SEP] begin [CLS]")).doesNotContain(own.sep(), own.cls());
  }

  @Test
  void chineseQuestionsMayNameThingsInLatinCapitals() throws Exception {
    EncoderTokens own = EncoderTokens.of(PretrainedEncoder.tokenizer(Language.CHINESE));
    assertThat(own.ids("Jsoup 解析 HTML")).isEqualTo(own.ids("jsoup 解析 html")).doesNotContain(UNKNOWN);
  }

  @Test
  void otherTokenizersAreReadByTheLibrary() throws Exception {
    String json =
        """
        {"version": "1.0", "added_tokens": [], "pre_tokenizer": {"type": "Whitespace"},
         "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
         "model": {"type": "WordLevel", "unk_token": "[UNK]", "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "one": 4, "two": 5}}}
        """;
    try (EncoderTokens tokens = EncoderTokens.of(json.getBytes(StandardCharsets.UTF_8))) {
      assertThat(tokens.ids("Two one three")).containsExactly(5, 4, 1);
      assertThat(new int[] {tokens.cls(), tokens.sep(), tokens.size()}).containsExactly(2, 3, 6);
    }
  }
}
