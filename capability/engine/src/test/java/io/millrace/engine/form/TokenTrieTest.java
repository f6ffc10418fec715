// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import io.millrace.model.tokenizer.Tokenizer;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class TokenTrieTest {
  private static int find(TokenTrie trie, byte[] token) {
    int node = TokenTrie.ROOT;
    for (byte b : token) {
      node = trie.child(node, b & 0xff);
      if (node < 0) {
        return -1;
      }
    }
    return node;
  }

  private static void assertHolds(TokenTrie trie, List<byte[]> tokens) {
    int held = 0;
    for (int id = 0; id < tokens.size(); id++) {
      byte[] token = tokens.get(id);
      if (token.length > 0) {
        int node = find(trie, token);
        int[] here = Arrays.copyOfRange(trie.tokens(), trie.firstToken(node), trie.firstToken(node + 1));
        assertThat(here).contains(id);
        assertThat(trie.depth(node)).isEqualTo(token.length);
        held++;
      }
    }
    assertThat(trie.tokens()).hasSize(held);
    for (int node = 0; node < trie.nodes(); node++) {
      assertThat(trie.end(node)).isBetween(node + 1, trie.nodes());
      assertThat(trie.hasChildren(node)).isEqualTo(trie.hasChildren(node, -1));
    }
  }

  @Test
  void holdsEachTokenOnceUnderItsBytes() {
    Random random = new Random(1);
    List<byte[]> tokens = new ArrayList<>();
    for (int i = 0; i < 3_000; i++) {
      byte[] token = new byte[random.nextInt(7)];
      for (int b = 0; b < token.length; b++) {
        token[b] = (byte) (random.nextInt(6) * 43);
      }
      tokens.add(token);
    }
    assertHolds(new TokenTrie(tokens), tokens);
    assertThat(find(new TokenTrie(tokens), "never".getBytes(java.nio.charset.StandardCharsets.UTF_8))).isNegative();
    assertHolds(new TokenTrie(List.of()), List.of());
  }

  @Test
  void categoriesBelowANodeAreThoseOfItsTokens() {
    TokenTrie trie = new TokenTrie(List.of(new byte[] {'a', 'b', '"'}, new byte[] {'a', (byte) 0xc3},
        new byte[] {'x'}));
    int a = trie.child(TokenTrie.ROOT, 'a');
    assertThat(trie.below[a]).isEqualTo(ByteCategory.bit('b') | ByteCategory.bit('"') | ByteCategory.bit(0xc3));
    assertThat(trie.hasChildren(a, ByteCategory.bit('"'))).isFalse();
    assertThat(trie.hasChildren(a, ByteCategory.bit(0xe0))).isTrue();
    assertThat(trie.below[trie.child(TokenTrie.ROOT, 'x')]).isZero();
  }

  @Test
  void aVocabularyNamesAnEndThatIsNoToken() {
    assertThatIllegalArgumentException().isThrownBy(() -> Vocabulary.of(List.of(new byte[0]), Set.of(1)))
        .withMessage("the token 1, which ends texts, is not among 1");
  }

  @Test
  void theBytesOfARealVocabularyAreThoseItDecodesTo() throws IOException {
    Path data = Path.of(System.getProperty("millrace.data", "absent")).resolve("tokenizer_smollm2");
    Assumptions.assumeTrue(Files.isDirectory(data), "no tokenizer at " + data);
    try (Tokenizer tokenizer = Tokenizer.load(data)) {
      Vocabulary vocabulary = Vocabulary.of(tokenizer, Set.of(0, 2));
      Random random = new Random(4);
      for (int i = 0; i < 2_000; i++) {
        int[] ids = random.ints(6, 20, tokenizer.size()).toArray();
        List<Byte> bytes = new ArrayList<>();
        for (int id : ids) {
          for (byte b : vocabulary.bytes(id)) {
            bytes.add(b);
          }
        }
        byte[] joined = new byte[bytes.size()];
        for (int b = 0; b < joined.length; b++) {
          joined[b] = bytes.get(b);
        }
        assertThat(tokenizer.decode(ids)).isEqualTo(new String(joined, java.nio.charset.StandardCharsets.UTF_8));
      }
      OutputForm form = new Forms(vocabulary).of(io.millrace.core.generation.OutputFormat.JSON);
      assertThat(form.shortest()).isOne(); // there is a token {}
    }
  }
}
