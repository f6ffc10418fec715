// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import io.millrace.core.document.Language;
import io.millrace.online.Limits;
import io.millrace.online.answer.Answer;
import io.millrace.online.answer.AnswerPipeline;
import io.millrace.online.answer.Question;
import io.millrace.online.answer.Route;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import java.io.IOException;
import java.time.Instant;
import java.util.Collections;
import java.util.Locale;
import java.util.function.BooleanSupplier;

/** Chats that are answered from sources. */
final class GroundedChat {

  private final AnswerPipeline pipeline;
  private final Limits limits;

  GroundedChat(AnswerPipeline pipeline, Limits limits) {
    this.pipeline = pipeline;
    this.limits = limits;
  }

  void complete(Asking asking, Route route, HttpServletRequest request,
      HttpServletResponse response) throws IOException {
    GroundedRequest chat = GroundedRequest.of(asking.body(), route, limits);
    boolean usage = ChatOptions.includeUsage(asking.body());
    GroundedReply reply =
        new GroundedReply(
            "chatcmpl-" + asking.trace(), Instant.now().getEpochSecond(), route.model(),
            language(request, chat.text()));
    if (asking.stream()) {
      EventStream.respond(response, asking.deadline(), stream -> stream(asking, chat, reply, usage, stream));
    } else {
      Answer answer = pipeline.answer(question(asking, chat, () -> false), piece -> {});
      asking.caller().charge(answer.promptTokens() + answer.completionTokens());
      JsonResponse.write(response, reply.whole(answer));
    }
  }

  private void stream(Asking asking, GroundedRequest chat, GroundedReply reply, boolean usage, EventStream stream) {
    Answer answer =
        pipeline.answer(question(asking, chat, stream::gone), piece -> stream.send(reply.piece(!stream.said(), piece)));
    asking.caller().charge(answer.promptTokens() + answer.completionTokens());
    if (!stream.said()) {
      stream.send(reply.piece(true, ""));
    }
    stream.send(reply.end(answer));
    if (usage) {
      stream.send(reply.count(answer));
    }
    stream.done();
  }

  private static Question question(Asking asking, GroundedRequest chat, BooleanSupplier gone) {
    return new Question(
        asking.trace(), asking.user(), asking.caller().access(), chat.route(), chat.messages(), chat.writing(), asking.deadline(), gone);
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
}
