// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.openai;

import io.millrace.core.generation.Generation.Finish;
import io.millrace.core.generation.Piece;
import io.millrace.core.generation.TokenScore;
import io.millrace.online.generate.Outcome;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * A response as the typed events of OpenAI's Responses API: items are added, grow and are done, one after the other; a
 * message first, then calls of tools. Confined to one thread.
 */
public final class ResponseEvents {

  private final ResponseReply reply;
  private final BiConsumer<String, Object> out;
  private final StringBuilder text = new StringBuilder();
  private final List<TokenScore> scores = new ArrayList<>();
  private final List<Call> calls = new ArrayList<>();
  private int sequence;
  // -1 where the model has said nothing.
  private int messageIndex = -1;
  private boolean messageDone;

  /** A call while its arguments come in. */
  private record Call(int outputIndex, String id, String name, StringBuilder arguments) {}

  /**
   * A stream.
   *
   * @param out takes the type of each event and the event
   */
  public ResponseEvents(ResponseReply reply, BiConsumer<String, Object> out) {
    this.reply = reply;
    this.out = out;
  }

  /** Says that the model will write. */
  public void begin() {
    send("response.created", Map.of("response", reply.begun()));
    send("response.in_progress", Map.of("response", reply.begun()));
  }

  /** Passes on what the model writes. */
  public void piece(Piece piece) {
    switch (piece) {
      case Piece.Text more -> say(more);
      case Piece.CallBegun call -> {
        endMessage();
        Call begun = new Call(outputs(), call.id(), call.name(), new StringBuilder());
        calls.add(begun);
        send(
            "response.output_item.added",
            at(begun.outputIndex(), "item", reply.call(calls.size() - 1, "in_progress", call.id(), call.name(), "")));
      }
      case Piece.CallArguments more -> {
        Call call = calls.get(more.index());
        call.arguments().append(more.json());
        Map<String, @Nullable Object> event = at(call.outputIndex(), "delta", more.json());
        event.put("item_id", reply.callId(more.index()));
        send("response.function_call_arguments.delta", event);
      }
    }
  }

  /** Says what there is in the end. */
  public void end(Outcome outcome, Object details) {
    Outcome.Choice choice = outcome.choices().getFirst();
    if (choice.refused()) {
      refuse(choice.refusal());
    } else if (messageIndex < 0 && choice.calls().isEmpty()) {
      say(new Piece.Text("", List.of()));
    }
    endMessage();
    for (int i = 0; i < calls.size(); i++) {
      endCall(i);
    }
    boolean cut = choice.finish() == Finish.LENGTH || choice.finish() == Finish.DEADLINE;
    send(cut ? "response.incomplete" : "response.completed", Map.of("response", reply.whole(outcome, details)));
  }

  /** Says that it failed in the middle. */
  public void fail(String message) {
    send("response.failed", Map.of("response", reply.failed(message)));
  }

  private void say(Piece.Text more) {
    if (messageIndex < 0) {
      beginMessage(ResponseReply.text("", List.of()));
    }
    text.append(more.text());
    scores.addAll(more.scores());
    Map<String, @Nullable Object> event = inMessage("delta", more.text());
    event.put("logprobs", ResponseReply.logprobs(more.scores()));
    send("response.output_text.delta", event);
  }

  /** A refusal in the middle replaces nothing that was said: it is a part of its own. */
  private void refuse(String why) {
    int part = messageIndex < 0 ? 0 : 1;
    if (messageIndex < 0) {
      beginMessage(ResponseReply.refusal(""));
    } else {
      endText();
      Map<String, @Nullable Object> added = inMessage("part", ResponseReply.refusal(""));
      added.put("content_index", part);
      send("response.content_part.added", added);
    }
    for (String kind : List.of("delta", "done")) {
      Map<String, @Nullable Object> event = inMessage(kind.equals("delta") ? "delta" : "refusal", why);
      event.put("content_index", part);
      send("response.refusal." + kind, event);
    }
    Map<String, @Nullable Object> done = inMessage("part", ResponseReply.refusal(why));
    done.put("content_index", part);
    send("response.content_part.done", done);
    List<Object> content = new ArrayList<>();
    if (part == 1) {
      content.add(ResponseReply.text(text.toString(), scores));
    }
    content.add(ResponseReply.refusal(why));
    send("response.output_item.done", at(messageIndex, "item", reply.message("completed", content)));
    messageDone = true;
  }

  private void beginMessage(Object part) {
    messageIndex = outputs();
    send("response.output_item.added", at(messageIndex, "item", reply.message("in_progress", List.of())));
    send("response.content_part.added", inMessage("part", part));
  }

  private void endMessage() {
    if (messageIndex >= 0 && !messageDone) {
      endText();
      send(
          "response.output_item.done",
          at(messageIndex, "item", reply.message("completed", List.of(ResponseReply.text(text.toString(), scores)))));
      messageDone = true;
    }
  }

  private void endText() {
    Map<String, @Nullable Object> event = inMessage("text", text.toString());
    event.put("logprobs", ResponseReply.logprobs(scores));
    send("response.output_text.done", event);
    send("response.content_part.done", inMessage("part", ResponseReply.text(text.toString(), scores)));
  }

  private void endCall(int index) {
    Call call = calls.get(index);
    String arguments = call.arguments().isEmpty() ? "{}" : call.arguments().toString();
    Map<String, @Nullable Object> event = at(call.outputIndex(), "arguments", arguments);
    event.put("item_id", reply.callId(index));
    event.put("name", call.name());
    send("response.function_call_arguments.done", event);
    send(
        "response.output_item.done",
        at(call.outputIndex(), "item", reply.call(index, "completed", call.id(), call.name(), arguments)));
  }

  private int outputs() {
    return (messageIndex < 0 ? 0 : 1) + calls.size();
  }

  private static Map<String, @Nullable Object> at(int output, String name, Object value) {
    Map<String, @Nullable Object> event = new LinkedHashMap<>();
    event.put("output_index", output);
    event.put(name, value);
    return event;
  }

  private Map<String, @Nullable Object> inMessage(String name, Object value) {
    Map<String, @Nullable Object> event = at(messageIndex, name, value);
    event.put("item_id", reply.messageId());
    event.put("content_index", 0);
    return event;
  }

  private void send(String type, Map<String, ? extends @Nullable Object> content) {
    Map<String, @Nullable Object> event = new LinkedHashMap<>();
    event.put("type", type);
    event.put("sequence_number", sequence++);
    event.putAll(content);
    out.accept(type, event);
  }
}
