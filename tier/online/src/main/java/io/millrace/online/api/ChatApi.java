// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import io.millrace.core.json.Json;
import io.millrace.core.spi.Deadline;
import io.millrace.online.Deadlines;
import io.millrace.online.Limits;
import io.millrace.online.answer.Answer;
import io.millrace.online.answer.AnswerPipeline;
import io.millrace.online.answer.Question;
import io.millrace.online.http.FrontFilter;
import io.millrace.online.http.JsonBodies;
import io.millrace.online.http.Refusal;
import io.millrace.online.http.RefusalWriter;
import io.millrace.online.http.Trace;
import io.millrace.online.model.ServedModels;
import io.millrace.online.security.ApiKey.Role;
import io.millrace.online.security.Caller;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

import java.io.IOException;
import java.time.Instant;

/** {@code POST /v1/chat/completions}, as OpenAI's clients know it. */
@RestController
public final class ChatApi {

  private final AnswerPipeline pipeline;
  private final ServedModels models;
  private final JsonBodies bodies;
  private final Limits limits;
  private final Deadlines deadlines;

  public ChatApi(
      AnswerPipeline pipeline, ServedModels models, JsonBodies bodies, Limits limits, Deadlines deadlines) {
    this.pipeline = pipeline;
    this.models = models;
    this.bodies = bodies;
    this.limits = limits;
    this.deadlines = deadlines;
  }

  /** Answers a question, at once or piece by piece. */
  @PostMapping("/v1/chat/completions")
  public void complete(HttpServletRequest request, HttpServletResponse response) throws IOException {
    Caller caller = Caller.of(request);
    caller.require(Role.ASK);
    caller.requireTokens();
    Deadline deadline = RequestTime.of(request, deadlines);
    ChatRequest chat = ChatRequest.of(bodies.object(request), limits);
    String trace = Trace.of(request);
    String named = chat.user().isEmpty() ? request.getHeader("X-Millrace-User") : chat.user();
    String user = caller.user(named, models.guard());
    EventStream stream = new EventStream(response);
    Question question = chat.question(trace, user, deadline, stream::gone);
    Reply reply = new Reply("chatcmpl-" + trace, Instant.now().getEpochSecond(), chat.route().model());
    if (chat.stream()) {
      stream(question, stream, reply, chat.includeUsage(), caller);
    } else {
      Answer answer = pipeline.answer(question, piece -> {});
      caller.charge(answer.promptTokens() + answer.completionTokens());
      byte[] body = Json.bytes(Completion.whole(reply.id(), reply.created(), reply.model(), answer));
      response.setContentType("application/json");
      response.setContentLength(body.length);
      response.getOutputStream().write(body);
    }
  }

  private void stream(Question question, EventStream stream, Reply reply, boolean usage, Caller caller) {
    Answer answer;
    try {
      answer = pipeline.answer(question, piece -> stream.send(reply.piece(stream, piece)));
    } catch (RuntimeException e) {
      if (!stream.begun()) {
        throw e;
      }
      // The status went out with the first piece; OpenAI's clients understand an error among the events.
      Refusal refusal = FrontFilter.refusal(e);
      stream.send(RefusalWriter.openAi(refusal));
      return;
    }
    caller.charge(answer.promptTokens() + answer.completionTokens());
    if (!stream.begun()) {
      stream.send(reply.piece(stream, ""));
    }
    stream.send(Completion.end(reply.id(), reply.created(), reply.model(), answer));
    if (usage) {
      stream.send(Completion.count(reply.id(), reply.created(), reply.model(), answer));
    }
    stream.done();
  }

  /** What all chunks of a reply share. */
  private record Reply(String id, long created, String model) {
    Completion piece(EventStream stream, String text) {
      @Nullable String role = stream.begun() ? null : "assistant";
      return Completion.piece(id, created, model, role, text);
    }
  }
}
