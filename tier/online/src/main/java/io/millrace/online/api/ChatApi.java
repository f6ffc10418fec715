// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import io.millrace.core.document.Language;
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
import java.util.Collections;
import java.util.Locale;

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
    Reply reply =
        new Reply(
            "chatcmpl-" + trace, Instant.now().getEpochSecond(), chat.route().model(), language(request, chat.text()));
    if (chat.stream()) {
      try (EventStream stream = new EventStream(response)) {
        stream(chat.question(trace, user, deadline, stream::gone), stream, reply, chat.includeUsage(), caller);
      }
    } else {
      Answer answer = pipeline.answer(chat.question(trace, user, deadline, () -> false), piece -> {});
      caller.charge(answer.promptTokens() + answer.completionTokens());
      byte[] body = Json.bytes(reply.whole(answer));
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
      stream.close();
      if (!stream.begun()) {
        throw e;
      }
      // The status went out with the first piece; OpenAI's clients understand an error among the events.
      Refusal refusal = FrontFilter.refusal(e);
      stream.send(RefusalWriter.openAi(refusal));
      return;
    }
    caller.charge(answer.promptTokens() + answer.completionTokens());
    if (!stream.said()) {
      stream.send(reply.piece(stream, ""));
    }
    stream.send(reply.end(answer));
    if (usage) {
      stream.send(Completion.count(reply.id(), reply.created(), reply.model(), answer));
    }
    stream.done();
  }

  /** Returns the language of explanations: the one that the client prefers, or else that of the question. */
  private static Language language(HttpServletRequest request, String question) {
    if (request.getHeader("Accept-Language") != null) {
      for (Locale locale : Collections.list(request.getLocales())) {
        for (Language language : Language.values()) {
          if (language.code().equals(locale.getLanguage())) {
            return language;
          }
        }
      }
    }
    return Language.of(question);
  }

  /**
   * What all parts of a reply share.
   *
   * @param language of the explanations in it
   */
  private record Reply(String id, long created, String model, Language language) {
    Completion piece(EventStream stream, String text) {
      @Nullable String role = stream.said() ? null : "assistant";
      return Completion.piece(id, created, model, role, text);
    }

    Completion end(Answer answer) {
      return Completion.end(id, created, model, answer, language);
    }

    Completion whole(Answer answer) {
      return Completion.whole(id, created, model, answer, language);
    }
  }
}
