// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.upstream;

import io.millrace.core.generation.Generation;
import io.millrace.core.generation.Generation.Finish;
import io.millrace.core.generation.GenerationRequest;
import io.millrace.core.generation.Piece;
import io.millrace.core.generation.TokenScore;
import io.millrace.core.generation.ToolCall;
import io.millrace.core.json.Json;
import io.millrace.engine.upstream.UpstreamFailure.Kind;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** An answer as it comes in, chunk by chunk. */
final class Transcript {

  private static final String END = "[DONE]";
  private static final int QUOTED = 200;

  private final GenerationRequest request;
  private final Consumer<Piece> out;
  private final StringBuilder text = new StringBuilder();
  // By the number that the server gives them, in the order in which they began.
  private final Map<Integer, Call> calls = new LinkedHashMap<>();
  private int lastCall;
  private final List<TokenScore> scores = new ArrayList<>();
  private @Nullable Finish finish;
  private @Nullable JsonNode usage;
  private boolean begun;
  private boolean done;

  /**
   * A call of a tool while its arguments come in.
   *
   * @param index from 0, without gaps, whatever the server counts
   */
  private record Call(int index, String id, String name, StringBuilder arguments) {}

  Transcript(GenerationRequest request, Consumer<Piece> out) {
    this.request = request;
    this.out = out;
  }

  /** Returns whether a piece was given out, after which there is no second attempt. */
  boolean begun() {
    return begun;
  }

  /** Returns whether all has come. */
  boolean done() {
    return done;
  }

  /**
   * Takes the data of an event.
   *
   * @throws UpstreamFailure when it is no chunk of an answer
   */
  void take(String event) {
    if (event.strip().equals(END)) {
      done = true;
      return;
    }
    JsonNode chunk;
    try {
      chunk = Json.read(event, JsonNode.class);
    } catch (IllegalArgumentException e) {
      throw new UpstreamFailure(Kind.BROKEN, "the upstream sent what is not JSON: " + shown(event), null, e);
    }
    if (chunk.hasNonNull("error")) {
      throw new UpstreamFailure(Kind.FAILED,
          "the upstream failed in the middle: " + shown(chunk.path("error").toString()));
    }
    if (chunk.path("usage").isObject()) {
      usage = chunk.path("usage");
    }
    JsonNode choice = chunk.path("choices").path(0);
    if (choice.isObject()) {
      takeChoice(choice);
    }
  }

  /**
   * Returns what was generated.
   *
   * @throws UpstreamFailure when the stream ended before the answer did
   */
  Generation whole() {
    if (finish == null && !done) {
      throw new UpstreamFailure(Kind.BROKEN,
          "the upstream's answer broke off: its stream ended without a finish_reason");
    }
    return generation(finish == null ? Finish.STOP : finish);
  }

  /** Returns what was generated so far, where the rest is not waited for. */
  Generation left(Finish why) {
    return generation(why);
  }

  private void takeChoice(JsonNode choice) {
    JsonNode delta = choice.path("delta");
    String content = delta.isObject() ? delta.path("content").asString("") : choice.path("text").asString("");
    List<TokenScore> scored = request.scores() < 0 ? List.of() : Scores.of(choice.path("logprobs"));
    if (!content.isEmpty() || !scored.isEmpty()) {
      text.append(content);
      scores.addAll(scored);
      give(new Piece.Text(content, scored));
    }
    for (JsonNode call : delta.path("tool_calls")) {
      takeCall(call);
    }
    if (choice.path("finish_reason").isString()) {
      finish = switch (choice.path("finish_reason").asString()) {
        case "length" -> Finish.LENGTH;
        case "tool_calls", "function_call" -> Finish.TOOL_CALLS;
        default -> Finish.STOP;
      };
    }
  }

  private void takeCall(JsonNode delta) {
    int index = delta.path("index").asInt(lastCall);
    lastCall = index;
    JsonNode function = delta.path("function");
    Call call = calls.get(index);
    if (call == null) {
      String id = delta.path("id").asString("");
      call = new Call(calls.size(), id.isEmpty() ? "call_" + index : id, function.path("name").asString(""),
          new StringBuilder());
      if (call.name().isEmpty()) {
        throw new UpstreamFailure(Kind.BROKEN,
            "the upstream calls a tool without naming it: " + shown(delta.toString()));
      }
      calls.put(index, call);
      give(new Piece.CallBegun(call.index(), call.id(), call.name()));
    }
    String arguments = function.path("arguments").asString("");
    if (!arguments.isEmpty()) {
      call.arguments().append(arguments);
      give(new Piece.CallArguments(call.index(), arguments));
    }
  }

  private void give(Piece piece) {
    begun = true;
    out.accept(piece);
  }

  private Generation generation(Finish why) {
    List<ToolCall> made = calls.values().stream()
        .map(call -> new ToolCall(call.id(), call.name(),
            call.arguments().isEmpty() ? "{}" : call.arguments().toString()))
        .toList();
    JsonNode counts = usage;
    if (counts == null) {
      return new Generation(text.toString(), made, scores, TokenEstimate.of(request.prompt()), 0,
          TokenEstimate.of(text.toString())
              + made.stream().mapToInt(call -> TokenEstimate.of(call.arguments())).sum(), why);
    }
    return new Generation(text.toString(), made, scores, counts.path("prompt_tokens").asInt(0),
        counts.path("prompt_tokens_details").path("cached_tokens").asInt(0),
            counts.path("completion_tokens").asInt(0), why);
  }

  private static String shown(String text) {
    return text.length() <= QUOTED ? text : text.substring(0, QUOTED) + "…";
  }
}
