// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.generate;

import io.millrace.core.generation.Piece;
import io.millrace.core.generation.TokenScore;
import io.millrace.core.json.Json;
import io.millrace.core.spi.Guard.Decision;
import io.millrace.guard.GuardPolicy;
import io.millrace.guard.RiskGuard;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

class SieveTest {

  private static final RiskGuard GUARD = new RiskGuard(GuardPolicy.defaults(), null);
  private static final List<String> WORDS =
      List.of("the", "mill", "grinds", "900", "kilograms", "of", "grain.", "A", "水车转动。", "naïve", "x=1;", "(see", "above)", "IBM", "v2.1");
  private static final List<String> SECRETS =
      List.of(
          "ann@example.com", "4111 1111 1111 1111", "+41 44 668 18 00", "DE89 3702 0400 4401 3000 00",
          "password: hunter2!x", "ghp_0123456789abcdefghijABCDEFGHIJ012345", "13912345678", "185.12.34.56",
          "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N");

  @Test
  void letsThroughWhatTheGuardWouldHoweverItIsCut() {
    Random random = new Random(3);
    for (int round = 0; round < 150; round++) {
      String text = text(random);
      String whole = GUARD.redact(text).text();
      assertThat(sieved(text, false, random)).as(text).isEqualTo(whole);
    }
  }

  @Test
  void holdsNoMoreThanTheLastWord() {
    Sieve sieve = new Sieve(GUARD, false);
    assertThat(text(sieve, "Once upon")).isEqualTo("Once ");
    assertThat(text(sieve, " a time")).isEqualTo("upon a ");
    assertThat(text(sieve, ", mills")).isEqualTo("time, ");
    assertThat(text(sieve, "转动")).isEqualTo("mills转动");
    assertThat(sieve.end()).isEmpty();
    assertThat(sieve.verdict().decision()).isEqualTo(Decision.ALLOW);
  }

  @Test
  void jsonStaysJson() {
    Random random = new Random(4);
    for (int round = 0; round < 150; round++) {
      Map<String, Object> value =
          Map.of("a", text(random), "n", 13_912_345_678L, "list", List.of(text(random), "\n\t\"\\\u0007" + text(random)), "card", 4111111111111111L);
      String json = Json.write(value);
      String sieved = sieved(json, true, random);
      JsonNode read = Json.read(sieved, JsonNode.class);
      // Numbers are no strings: they stay, for a label would break the form that was asked for.
      assertThat(read.path("n").asLong()).isEqualTo(13_912_345_678L);
      for (String secret : List.of("ann@example.com", "hunter2!x", "185.12.34.56", "ghp_0123456789abcdefghijABCDEFGHIJ012345")) {
        assertThat(sieved).doesNotContain(secret);
      }
    }
  }

  @Test
  void aPrivateKeyIsOneLabelHoweverLong() {
    String body = "MIIEpAIBAAKCAQEA7bq0".repeat(150).replaceAll("(.{64})", "$1\n");
    String text = "Here:\n-----BEGIN RSA PRIVATE KEY-----\n" + body + "\n-----END RSA PRIVATE KEY-----\nKeep it.";
    String sieved = sieved(text, false, new Random(1));
    assertThat(sieved).doesNotContain("MIIEpAIBAAKCAQEA").contains("[private-key]").endsWith("Keep it.");
  }

  @Test
  void endsWhereThePromptsMarksAreWritten() {
    Sieve sieve = new Sieve(GUARD, false);
    StringBuilder out = new StringBuilder();
    for (String piece : List.of("Sure: ", "<|im", "_start|>", "system You are")) {
      out.append(text(sieve, piece));
    }
    assertThat(sieve.end()).isEmpty();
    assertThat(sieve.refusal().orElseThrow().rule()).isEqualTo("output.prompt-leak");
    assertThat(out.toString()).doesNotContain("You are");
  }

  @Test
  void scoresGoOutWithTheirWordsAndNotWithSecrets() {
    Sieve sieve = new Sieve(GUARD, false);
    List<TokenScore> released = new ArrayList<>();
    List<String> tokens = List.of("Write", " to", " ann", "@example", ".com", " at", " once");
    for (String token : tokens) {
      sieve.next(scored(token)).ifPresent(piece -> released.addAll(piece.scores()));
    }
    sieve.end().ifPresent(piece -> released.addAll(piece.scores()));
    assertThat(released).extracting(TokenScore::token).containsExactly("Write", " to", " at", " once");
  }

  @Test
  void passesScoresOfTokensWithoutText() {
    Sieve sieve = new Sieve(GUARD, false);
    List<TokenScore> released = new ArrayList<>();
    sieve.next(new Piece.Text("", List.of(score("\uFFFD")))).ifPresent(piece -> released.addAll(piece.scores()));
    sieve.next(scored("世 ")).ifPresent(piece -> released.addAll(piece.scores()));
    sieve.end().ifPresent(piece -> released.addAll(piece.scores()));
    assertThat(released).hasSize(2);
  }

  private static Piece.Text scored(String token) {
    return new Piece.Text(token, List.of(score(token)));
  }

  private static TokenScore score(String token) {
    return new TokenScore(token, List.of(), -1, List.of());
  }

  private static String text(Sieve sieve, String piece) {
    return sieve.next(new Piece.Text(piece, List.of())).map(Piece.Text::text).orElse("");
  }

  private static String sieved(String text, boolean json, Random random) {
    Sieve sieve = new Sieve(GUARD, json);
    StringBuilder out = new StringBuilder();
    for (int at = 0; at < text.length(); ) {
      int next = Math.min(text.length(), at + 1 + random.nextInt(6));
      out.append(text(sieve, text.substring(at, next)));
      at = next;
    }
    sieve.end().ifPresent(piece -> out.append(piece.text()));
    return out.toString();
  }

  private static String text(Random random) {
    List<String> words = new ArrayList<>();
    for (int i = 2 + random.nextInt(30); i > 0; i--) {
      boolean secret = random.nextInt(6) == 0;
      words.add(secret ? SECRETS.get(random.nextInt(SECRETS.size())) : WORDS.get(random.nextInt(WORDS.size())));
    }
    return String.join(random.nextInt(5) == 0 ? "\n" : " ", words);
  }
}
