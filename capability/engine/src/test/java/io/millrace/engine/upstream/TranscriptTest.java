// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.upstream;

import io.millrace.core.generation.Generation;
import io.millrace.core.generation.Generation.Finish;
import io.millrace.core.generation.GenerationRequest;
import io.millrace.core.generation.Message;
import io.millrace.core.generation.Piece;
import io.millrace.core.generation.Prompt;
import io.millrace.core.generation.TokenScore;
import io.millrace.core.generation.ToolCall;
import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class TranscriptTest {

  private final List<Piece> pieces = new ArrayList<>();

  @Test
  void joinsTheArgumentsOfCallsThatComeInTurns() {
    Transcript transcript = transcript(-1);
    take(transcript, "{'choices':[{'delta':{'tool_calls':[{'index':3,'id':'a','function':{'name':'weather','arguments':''}}]}}]}");
    take(transcript, "{'choices':[{'delta':{'tool_calls':[{'index':3,'function':{'arguments':'{\\\"city\\\":'}}]}}]}");
    take(transcript, "{'choices':[{'delta':{'tool_calls':[{'index':5,'id':'b','function':{'name':'time'}}]}}]}");
    take(transcript, "{'choices':[{'delta':{'tool_calls':[{'index':3,'function':{'arguments':'\\\"Bern\\\"}'}}]}}]}");
    take(transcript, "{'choices':[{'delta':{},'finish_reason':'tool_calls'}]}");
    Generation generation = transcript.whole();
    assertThat(generation.finish()).isEqualTo(Finish.TOOL_CALLS);
    assertThat(generation.toolCalls())
        .containsExactly(new ToolCall("a", "weather", "{\"city\":\"Bern\"}"), new ToolCall("b", "time", "{}"));
    assertThat(pieces).containsExactly(
        new Piece.CallBegun(0, "a", "weather"), new Piece.CallArguments(0, "{\"city\":"), new Piece.CallBegun(1, "b", "time"),
        new Piece.CallArguments(0, "\"Bern\"}"));
  }

  @Test
  void takesScoresOfBothShapes() {
    Transcript chat = transcript(1);
    take(chat, "{'choices':[{'delta':{'content':'A'},'logprobs':{'content':[{'token':'A','logprob':-0.5,'bytes':[65],"
        + "'top_logprobs':[{'token':'é','logprob':-0.7,'bytes':null}]}]}}]}");
    TokenScore other = new TokenScore("é", List.of(0xC3, 0xA9), -0.7, List.of());
    assertThat(pieces).containsExactly(new Piece.Text("A", List.of(new TokenScore("A", List.of(65), -0.5, List.of(other)))));

    Transcript text = transcript(1);
    take(text, "{'choices':[{'text':'A b','logprobs':{'tokens':['A',' b'],'token_logprobs':[null,-1.5],"
        + "'top_logprobs':[null,{'c':-3,' b':-1.5}]},'finish_reason':'stop'}]}");
    List<TokenScore> scores = text.whole().scores();
    assertThat(scores).extracting(TokenScore::token).containsExactly("A", " b");
    assertThat(scores.get(1).alternatives()).extracting(TokenScore::token).containsExactly(" b", "c");
  }

  @Test
  void saysWhatTheServerSaidInTheMiddle() {
    assertThatThrownBy(() -> take(transcript(-1), "{'error':{'message':'out of memory'}}")).hasMessageContaining("out of memory");
  }

  @Test
  void eventsAreTheSameHoweverTheBytesAreCut() {
    byte[] bytes = "\uFEFFdata: a\r\n\r\n:c\ndata:b\ndata: é世\n\nid: 1\rdata\rdata: 𝒳\r\rdata: lost".getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i <= bytes.length; i++) {
      for (int j = i; j <= bytes.length; j++) {
        EventLines lines = new EventLines();
        List<String> events = new ArrayList<>(lines.feed(ByteBuffer.wrap(bytes, 0, i)));
        events.addAll(lines.feed(ByteBuffer.wrap(bytes, i, j - i)));
        events.addAll(lines.feed(ByteBuffer.wrap(bytes, j, bytes.length - j)));
        assertThat(events).as(i + " " + j).containsExactly("a", "b\né世", "𝒳");
      }
    }
  }

  @Test
  void estimatesTokensOfProseAndOfIdeographs() {
    assertThat(TokenEstimate.of("x".repeat(400))).isEqualTo(100);
    assertThat(TokenEstimate.of("水车是一种机械")).isEqualTo(7);
    assertThat(TokenEstimate.of(Prompt.of(List.of(new Message("user", "abcd"))))).isEqualTo(9);
  }

  private Transcript transcript(int scores) {
    pieces.clear();
    return new Transcript(GenerationRequest.of(new Prompt.Text("x"), 1).withScores(scores), pieces::add);
  }

  private static void take(Transcript transcript, String json) {
    transcript.take(json.replace('\'', '"'));
  }
}
