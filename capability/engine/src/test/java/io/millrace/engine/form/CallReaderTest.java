// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import io.millrace.core.generation.Piece;
import io.millrace.core.generation.TokenScore;
import io.millrace.core.generation.ToolCall;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;

class CallReaderTest {
  private static final String TWO_CALLS = "Let me see.\n<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"K\\\"ö}ln\", \"x\": [{}]}}\n</tool_call>\n"
      + "<tool_call>{\"name\":\"clock\",\"arguments\":{}}</tool_call>";
  private static final List<ToolCall> CALLS = List.of(
      new ToolCall("c0", "weather", "{\"city\": \"K\\\"ö}ln\", \"x\": [{}]}"), new ToolCall("c1", "clock", "{}"));

  /** What was handed out, put together. */
  private static final class Answer {
    private final StringBuilder text = new StringBuilder();
    private final List<ToolCall> calls = new ArrayList<>();
    private final List<TokenScore> scores = new ArrayList<>();

    void take(List<Piece> pieces) {
      for (Piece piece : pieces) {
        switch (piece) {
          case Piece.Text more -> {
            text.append(more.text());
            scores.addAll(more.scores());
          }
          case Piece.CallBegun begun -> {
            assertThat(begun.index()).isEqualTo(calls.size());
            calls.add(new ToolCall(begun.id(), begun.name(), ""));
          }
          case Piece.CallArguments more -> {
            assertThat(more.index()).isEqualTo(calls.size() - 1);
            ToolCall last = calls.removeLast();
            calls.add(new ToolCall(last.id(), last.name(), last.arguments() + more.json()));
          }
        }
      }
    }
  }

  private static CallReader reader(ToolSyntax syntax) {
    AtomicInteger next = new AtomicInteger();
    return new CallReader(syntax, () -> "c" + next.getAndIncrement());
  }

  /** Reads a text in pieces of random lengths. */
  private static Answer read(ToolSyntax syntax, String text, long seed) {
    Random random = new Random(seed);
    CallReader reader = reader(syntax);
    Answer answer = new Answer();
    for (int at = 0; at < text.length();) {
      int to = Math.min(text.length(), at + 1 + random.nextInt(seed % 2 == 0 ? 2 : 30));
      answer.take(reader.next(text.substring(at, to)));
      at = to;
    }
    answer.take(reader.end());
    assertThat(reader.calls()).isEqualTo(answer.calls);
    return answer;
  }

  @Test
  void findsTextAndCallsHoweverTheTextIsCut() {
    for (int seed = 0; seed < 200; seed++) {
      Answer answer = read(ToolSyntax.TAGS, TWO_CALLS, seed);
      assertThat(answer.text.toString()).isEqualTo("Let me see.");
      assertThat(answer.calls).isEqualTo(CALLS);
    }
  }

  @Test
  void namesAndArgumentsComeAsSoonAsTheyAreThere() {
    CallReader reader = reader(ToolSyntax.TAGS);
    assertThat(reader.next("Hm <tool_")).containsExactly(new Piece.Text("Hm", List.of()));
    assertThat(reader.next("call>{\"name\": \"f\", \"argu")).isEmpty();
    assertThat(reader.next("ments\": {\"a\""))
        .containsExactly(new Piece.CallBegun(0, "c0", "f"), new Piece.CallArguments(0, "{\"a\""));
    assertThat(reader.next(": 1}")).containsExactly(new Piece.CallArguments(0, ": 1}"));
    assertThat(reader.next("}</tool_call>")).isEmpty();
    assertThat(reader.end()).isEmpty();
  }

  @Test
  void textThatOnlyBeginsLikeATagIsText() {
    for (String text : List.of("a <tool", "a < b <tool_calls>  ", "{\"name\": \"x\"}", "  \n",
        "no call </tool_call>")) {
      for (int seed = 0; seed < 6; seed++) {
        assertThat(read(ToolSyntax.TAGS, text, seed).text.toString()).isEqualTo(text);
      }
    }
  }

  @Test
  void whatIsNoCallIsHandedOutAsText() {
    for (String text : List.of("<tool_call>nothing", "<tool_call>{\"nam\": 1}</tool_call>",
        "<tool_call>{\"name\": \"f\"", "<tool_call>{\"name\": \"f\", \"arguments\": tru",
        "<tool_call>{broken}</tool_call> after")) {
      for (int seed = 0; seed < 6; seed++) {
        Answer answer = read(ToolSyntax.TAGS, text, seed);
        assertThat(answer.text.toString()).isEqualTo(text);
        assertThat(answer.calls).isEmpty();
      }
    }
  }

  @Test
  void otherOrdersAndArgumentsAsTextAreUnderstood() {
    for (int seed = 0; seed < 6; seed++) {
      assertThat(read(ToolSyntax.TAGS, "<tool_call>{\"arguments\": {\"a\":1}, \"name\": \"f\"}</tool_call>",
          seed).calls)
          .containsExactly(new ToolCall("c0", "f", "{\"a\":1}"));
      assertThat(read(ToolSyntax.TAGS,
          "<tool_call>{\"name\": \"f\", \"arguments\": \"{\\\"a\\\":1}\"}</tool_call> and text", seed).calls)
          .containsExactly(new ToolCall("c0", "f", "{\"a\":1}"));
      assertThat(read(new ToolSyntax("", "", "parameters"),
          "{\"type\": \"function\", \"name\": \"f\", \"parameters\": {\"a\":1}}", seed).calls)
          .containsExactly(new ToolCall("c0", "f", "{\"a\":1}"));
    }
  }

  @Test
  void withoutTagsOnlyATextThatBeginsWithABraceIsACall() {
    for (int seed = 0; seed < 20; seed++) {
      assertThat(read(ToolSyntax.JSON, "{\"name\": \"f\", \"arguments\": {}}\n{\"name\": \"g\", \"arguments\": {}}",
          seed).calls).hasSize(2);
      assertThat(read(ToolSyntax.JSON, " Well, {\"name\": \"f\", \"arguments\": {}}",
          seed).text.toString()).startsWith(" Well, {");
      assertThat(read(ToolSyntax.JSON, "{\"answer\": {\"name\": \"x\"}}", seed).text.toString())
          .isEqualTo("{\"answer\": {\"name\": \"x\"}}");
    }
  }

  @Test
  void aCallThatIsCutShortKeepsWhatItHas() {
    Answer answer = read(ToolSyntax.TAGS, "<tool_call>{\"name\": \"f\", \"arguments\": {\"a\": \"lo", 3);
    assertThat(answer.calls).containsExactly(new ToolCall("c0", "f", "{\"a\": \"lo"));
  }

  @Test
  void scoresOfAllTokensAreHandedOutOnce() {
    CallReader reader = reader(ToolSyntax.TAGS);
    Answer answer = new Answer();
    List<TokenScore> given = new ArrayList<>();
    for (int at = 0; at < TWO_CALLS.length(); at += 3) {
      String piece = TWO_CALLS.substring(at, Math.min(at + 3, TWO_CALLS.length()));
      TokenScore score = new TokenScore(piece, List.of(), -at, List.of());
      given.add(score);
      answer.take(reader.next(piece, List.of(score)));
    }
    answer.take(reader.end());
    assertThat(answer.scores).isEqualTo(given);
  }

  @Test
  void idsAreRandomAndOfTheUsualForm() {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      CallReader reader = new CallReader(ToolSyntax.TAGS);
      reader.next(TWO_CALLS);
      reader.calls().forEach(call -> ids.add(call.id()));
    }
    assertThat(ids).hasSize(100).doesNotHaveDuplicates().allMatch(id -> id.matches("call_[0-9a-f]{24}"));
  }
}
