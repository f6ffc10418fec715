// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import io.millrace.core.generation.Piece;
import io.millrace.online.Limits;
import io.millrace.online.generate.DirectGeneration;
import io.millrace.online.generate.DirectGeneration.Asker;
import io.millrace.online.generate.GeneratorName;
import io.millrace.online.generate.Outcome;
import io.millrace.online.generate.Wish;
import io.millrace.online.openai.ChatReply;
import io.millrace.online.openai.DirectChatRequest;
import jakarta.servlet.http.HttpServletResponse;

import java.io.IOException;
import java.time.Instant;

/** Chats with a language model alone. */
final class DirectChat {

  private final DirectGeneration generation;
  private final Limits limits;

  DirectChat(DirectGeneration generation, Limits limits) {
    this.generation = generation;
    this.limits = limits;
  }

  void complete(Asking asking, GeneratorName name, HttpServletResponse response) throws IOException {
    Wish wish = DirectChatRequest.wish(asking.body(), name, asking.service(name.adapter()), limits);
    boolean usage = ChatOptions.includeUsage(asking.body());
    ChatReply reply = new ChatReply("chatcmpl-" + asking.trace(), Instant.now().getEpochSecond(), name.model());
    if (asking.stream()) {
      EventStream.respond(response, asking.deadline(), stream -> stream(asking, wish, reply, usage, stream));
    } else {
      Asker asker = new Asker(asking.trace(), asking.user(), asking.deadline(), () -> false);
      Outcome outcome = generation.write(wish, asker, DirectGeneration.Listener.none());
      asking.caller().charge(outcome.promptTokens() + outcome.completionTokens());
      JsonResponse.write(response, reply.whole(outcome, DirectDetails.of(asking.trace(), outcome)));
    }
  }

  private void stream(Asking asking, Wish wish, ChatReply reply, boolean usage, EventStream stream) {
    Asker asker = new Asker(asking.trace(), asking.user(), asking.deadline(), stream::gone);
    Outcome outcome =
        generation.write(
            wish, asker,
            new DirectGeneration.Listener() {
              @Override
              public void piece(int choice, Piece piece) {
                stream.send(reply.piece(choice, piece));
              }

              @Override
              public void ended(int choice, Outcome.Choice whole) {
                stream.send(reply.end(choice, whole));
              }
            });
    asking.caller().charge(outcome.promptTokens() + outcome.completionTokens());
    if (usage) {
      stream.send(reply.count(outcome, DirectDetails.of(asking.trace(), outcome)));
    }
    stream.done();
  }
}
