// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import io.millrace.core.generation.OutputFormat;
import io.millrace.core.generation.OutputFormat.Grammar;
import io.millrace.core.generation.OutputFormat.JsonSchema;
import io.millrace.core.generation.OutputFormat.Regex;
import io.millrace.core.json.Json;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNoException;

class FormStateTest {
  private final Vocabulary across = Vocabularies.acrossStructure();
  private final Forms forms = new Forms(across);

  private static JsonSchema schema(String text) {
    return new JsonSchema(Json.read(text, JsonNode.class));
  }

  /** The first token that writes a text. */
  private int token(String text) {
    for (int id = 0; id < across.size(); id++) {
      if (new String(across.bytes(id), StandardCharsets.ISO_8859_1).equals(text)) {
        return id;
      }
    }
    throw new AssertionError("no token " + text);
  }

  private static boolean allows(long[] bits, int token) {
    return (bits[token >> 6] >>> token & 1) == 1;
  }

  @Test
  void aTokenIsAllowedExactlyIfItsBytesCanBeReadAndTheRestStillFits() {
    Random random = new Random(2);
    List<OutputForm> all = new ArrayList<>();
    for (int i = 0; all.size() < 60; i++) {
      try {
        all.add(forms.of(new JsonSchema(new RandomSchema(1_000 + i).next())));
      } catch (IllegalArgumentException e) {
        continue; // admits nothing
      }
    }
    all.add(forms.of(new Regex("(?:\\w{1,300}[,;]? ?){1,9}(?:\\.|\\}\\]?){3}")));
    all.add(forms.of(new Grammar("root ::= (\"{\" root \"}\" | \"[\" root \"]\" | [a-z\"]{0,90} \":\"?)*")));
    for (OutputForm form : all) {
      int left = form.shortest() + random.nextInt(40);
      FormState state = form.start(left);
      for (; left > 0 && !state.finished(); left--) {
        long[] bits = state.allowed(left);
        int chosen = -1;
        int seen = 0;
        for (int token = 2; token < across.size(); token++) {
          FormState next = state.fork();
          boolean fits;
          try {
            next.accept(token);
            fits = next.closingTokens() < left;
          } catch (IllegalArgumentException e) {
            fits = false;
          }
          assertThat(allows(bits, token)).as("token %d, %d left", token, left).isEqualTo(fits);
          if (fits && random.nextInt(++seen) == 0) {
            chosen = token;
          }
        }
        assertThat(allows(bits, Vocabularies.END)).isEqualTo(state.complete());
        if (chosen < 0) {
          break;
        }
        state.accept(chosen);
      }
      assertThat(state.complete()).isTrue();
    }
  }

  @Test
  void maskingLeavesTheAllowedLogitsAsTheyAre() {
    for (OutputFormat format
        : List.of(OutputFormat.JSON, schema("{\"type\":\"string\"}"), new Regex("[ -~]*"), OutputFormat.TEXT)) {
      FormState state = forms.of(format).start(50);
      for (int step = 0; step < 3; step++) {
        float[] logits = new float[across.size() + 70];
        for (int i = 0; i < logits.length; i++) {
          logits[i] = i + 1;
        }
        state.mask(logits, 50);
        long[] bits = state.allowed(50);
        for (int i = 0; i < logits.length; i++) {
          assertThat(logits[i]).isEqualTo(i < across.size() && allows(bits, i) ? i + 1 : Float.NEGATIVE_INFINITY);
        }
        state.accept(firstOf(bits));
      }
    }
  }

  @Test
  void aBudgetBelowTheShortestTextIsRefusedAndTheShortestIsWritten() {
    OutputForm form = forms.of(schema("{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\",\"minLength\":40},\"tags\":{\"type\":\"array\","
        + "\"items\":{\"enum\":[\"rather long\",\"x\"]},\"minItems\":3}},\"required\":[\"name\",\"tags\"]}"));
    int shortest = form.shortest();
    assertThatIllegalArgumentException().isThrownBy(() -> form.start(shortest - 1))
        .withMessage("max tokens %d is not enough: the shortest answer of the required form takes %d tokens",
        shortest - 1, shortest);
    for (int i = 0; i < 20; i++) {
      JsonNode written = Json.read(new RandomModel(across, i).write(form, shortest), JsonNode.class);
      assertThat(written.path("name").asString().codePoints().count()).isGreaterThanOrEqualTo(40);
      assertThat(written.path("tags")).hasSize(3);
    }
  }

  @Test
  void fewerTokensThanTheTextNeedsAreReported() {
    FormState state = forms.of(OutputFormat.JSON).start(10);
    state.accept(token("{\""));
    assertThat(state.closingTokens()).isPositive();
    assertThatIllegalArgumentException().isThrownBy(() -> state.allowed(state.closingTokens() - 1))
        .withMessageContaining("tokens are left");
  }

  @Test
  void aTextThatMayEndLetsTokensEndItAndThenNothingFollows() {
    FormState state = forms.of(new Regex("ab?")).start(5);
    assertThat(state.complete()).isFalse();
    assertThatIllegalArgumentException().isThrownBy(() -> state.accept(Vocabularies.END))
        .withMessageContaining("token 0 may not stand here");
    state.accept(token("a"));
    assertThat(state.complete()).isTrue();
    assertThat(state.finished()).isFalse();
    assertThat(state.closingTokens()).isZero();
    FormState longer = state.fork();
    longer.accept(token("b"));
    assertThat(longer.finished()).isTrue();
    state.accept(Vocabularies.END);
    assertThat(state.finished()).isTrue();
    assertThat(state.allowed(3)[0]).isEqualTo(1L << Vocabularies.END);
    assertThatIllegalArgumentException().isThrownBy(() -> state.accept(token("b")));
  }

  @Test
  void aForkGoesItsOwnWay() {
    FormState one = forms.of(OutputFormat.JSON).start(60);
    one.accept(token("{\""));
    FormState other = one.fork();
    one.accept(token("a\""));
    other.accept(token("z"));
    assertThat(allows(one.allowed(50), token(":"))).isTrue();
    assertThat(allows(other.allowed(50), token(":"))).isTrue(); // within the name
    assertThat(allows(one.allowed(50), token("z"))).isFalse();
    assertThat(allows(other.allowed(50), token("z"))).isTrue();
  }

  @Test
  void whatMustFollowIsKnown() {
    FormState state = forms.of(schema("{\"properties\":{\"größe\":{\"enum\":[\"ab\",\"ac\"]}},\"required\":[\"größe\"]}")).start(60);
    assertThat(new String(state.forced(), StandardCharsets.UTF_8)).isEqualTo("{\"größe\":");
    for (byte b : state.forced()) {
      state.accept(2 + (b & 0xff));
    }
    assertThat(state.forced()).isEmpty(); // a blank may follow, or the value
    state.accept(token("\"a"));
    state.accept(token("b"));
    assertThat(new String(state.forced(), StandardCharsets.UTF_8)).isEqualTo("\"}");
  }

  @Test
  void tokensWithoutTextStandInFreeTextOnly() {
    FormState text = forms.of(OutputFormat.TEXT).start(3);
    assertThat(allows(text.allowed(3), Vocabularies.SILENT)).isTrue();
    text.accept(Vocabularies.SILENT);
    text.accept(2 + 0xff);
    assertThat(text.complete()).isTrue();
    FormState json = forms.of(OutputFormat.JSON).start(3);
    assertThat(allows(json.allowed(3), Vocabularies.SILENT)).isFalse();
    assertThatIllegalArgumentException().isThrownBy(() -> json.accept(Vocabularies.SILENT));
  }

  @Test
  void nestingStopsBeforeReadersGiveUp() {
    FormState state = forms.of(schema("{\"type\":\"array\"}")).start(3_000);
    StringBuilder text = new StringBuilder();
    for (int left = 3_000; !state.finished(); left--) {
      long[] bits = state.allowed(left);
      int token = Stream.of("[{\"", ":[", "\":", "[").mapToInt(this::token).filter(one -> allows(bits, one)).findFirst()
          .orElseGet(() -> firstOf(bits));
      state.accept(token);
      text.append(new String(across.bytes(token), StandardCharsets.ISO_8859_1));
    }
    assertThat(depth(Json.read(text.toString(), JsonNode.class))).isBetween(60, 300);
  }

  private static int depth(JsonNode node) {
    int deepest = 0;
    for (JsonNode child : node) {
      deepest = Math.max(deepest, depth(child));
    }
    return deepest + 1;
  }

  private static int firstOf(long[] bits) {
    for (int i = 2; i < bits.length * 64; i++) {
      if (allows(bits, i)) {
        return i;
      }
    }
    throw new AssertionError("nothing may follow");
  }

  @Test
  void aVocabularyWithoutSomeBytesWritesWhatItCanAndSaysWhatItCannot() {
    List<byte[]> tokens = new ArrayList<>(List.of(new byte[0], new byte[0]));
    for (String token : List.of("{", "}", "\"", ":", "a", "b", "1", "[", "]", "\"c\":", "é")) {
      tokens.add(token.getBytes(StandardCharsets.UTF_8));
    }
    Vocabulary few = Vocabularies.of(tokens);
    Forms withFew = new Forms(few);
    OutputForm open = withFew.of(schema("{\"type\":\"array\",\"maxItems\":1}"));
    for (int i = 0; i < 30; i++) {
      String text = new RandomModel(few, i).write(open, 2 + i);
      assertThatNoException().isThrownBy(() -> Json.read(text, JsonNode.class));
    }
    assertThatIllegalArgumentException().isThrownBy(() -> withFew.of(schema("{\"type\":\"null\"}")))
        .withMessageContaining("the vocabulary cannot write it");
  }

  @Test
  void formsAreKeptAndSharedByThreads() throws InterruptedException, ExecutionException {
    JsonSchema wanted = schema("{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"},\"b\":{\"type\":\"array\",\"items\":{\"type\":\"number\"}}},\"required\":[\"a\"]}");
    OutputForm form = forms.of(wanted);
    assertThat(forms.of(schema(wanted.schema().toString()))).isSameAs(form);
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      expected.add(new RandomModel(across, i).write(form, 60));
    }
    Forms fresh = new Forms(Vocabularies.acrossStructure());
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<String>> written = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        int seed = i;
        written.add(threads.submit(() -> new RandomModel(across, seed).write(fresh.of(wanted), 60)));
      }
      for (int i = 0; i < 40; i++) {
        assertThat(written.get(i).get()).isEqualTo(expected.get(i));
      }
    }
  }

  @Test
  void memoryIsBoundedAndWhatWasForgottenIsFoundAgain() {
    Memory memory = new Memory(1_000);
    int[] made = new int[1];
    Object owner = new Object();
    for (int round = 0; round < 3; round++) {
      for (int state = 0; state < 50; state++) {
        memory.reach(owner, state, () -> {
          made[0]++;
          return new Reach(List.of(), new int[10], new int[10]);
        });
        assertThat(memory.bytes()).isLessThanOrEqualTo(1_000);
      }
    }
    assertThat(made[0]).isEqualTo(150);
    memory.reach(owner, 49, () -> {
      throw new AssertionError("was remembered");
    });
  }
}
