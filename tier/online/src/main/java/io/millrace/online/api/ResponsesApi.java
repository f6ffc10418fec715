// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import io.millrace.core.generation.Piece;
import io.millrace.online.Deadlines;
import io.millrace.online.Limits;
import io.millrace.online.generate.DirectGeneration;
import io.millrace.online.generate.DirectGeneration.Asker;
import io.millrace.online.generate.GeneratorName;
import io.millrace.online.generate.Outcome;
import io.millrace.online.http.FrontFilter;
import io.millrace.online.http.JsonBodies;
import io.millrace.online.http.Refusal;
import io.millrace.online.model.ServedModels;
import io.millrace.online.openai.ResponseEvents;
import io.millrace.online.openai.ResponseReply;
import io.millrace.online.openai.ResponseRequest;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

import java.io.IOException;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicBoolean;

/** {@code POST /v1/responses}: OpenAI's newer interface to a language model, without anything being stored. */
@RestController
public final class ResponsesApi {

  private final DirectGeneration generation;
  private final ServedModels models;
  private final JsonBodies bodies;
  private final Limits limits;
  private final Deadlines deadlines;

  public ResponsesApi(
      DirectGeneration generation, ServedModels models, JsonBodies bodies, Limits limits, Deadlines deadlines) {
    this.generation = generation;
    this.models = models;
    this.bodies = bodies;
    this.limits = limits;
    this.deadlines = deadlines;
  }

  /** Responds, at once or as a stream of events. */
  @PostMapping("/v1/responses")
  public void respond(HttpServletRequest request, HttpServletResponse response) throws IOException {
    Asking asking = Asking.of(request, bodies, models, deadlines);
    GeneratorName name = ModelNames.generator(asking.model());
    ResponseRequest wanted = ResponseRequest.of(asking.body(), name, asking.service(name.adapter()), limits);
    ResponseReply reply = new ResponseReply(asking.trace(), Instant.now().getEpochSecond(), wanted);
    if (asking.stream()) {
      EventStream.respond(response, asking.deadline(), stream -> stream(asking, wanted, reply, stream));
    } else {
      Asker asker = new Asker(asking.trace(), asking.user(), asking.deadline(), () -> false);
      Outcome outcome = generation.write(wanted.wish(), asker, DirectGeneration.Listener.none());
      asking.caller().charge(outcome.promptTokens() + outcome.completionTokens());
      JsonResponse.write(response, reply.whole(outcome, DirectDetails.of(asking.trace(), outcome)));
    }
  }

  private void stream(Asking asking, ResponseRequest wanted, ResponseReply reply, EventStream stream) {
    ResponseEvents events = new ResponseEvents(reply, stream::send);
    Asker asker = new Asker(asking.trace(), asking.user(), asking.deadline(), stream::gone);
    // What is refused at once gets a status of its own: so the first event waits for the first piece.
    AtomicBoolean begun = new AtomicBoolean();
    try {
      Outcome outcome =
          generation.write(
              wanted.wish(), asker,
              new DirectGeneration.Listener() {
                @Override
                public void piece(int choice, Piece piece) {
                  begin(begun, events);
                  events.piece(piece);
                }

                @Override
                public void ended(int choice, Outcome.Choice whole) {
                  begin(begun, events);
                }
              });
      asking.caller().charge(outcome.promptTokens() + outcome.completionTokens());
      events.end(outcome, DirectDetails.of(asking.trace(), outcome));
    } catch (RuntimeException e) {
      if (!stream.begun()) {
        throw e;
      }
      Refusal refusal = FrontFilter.refusal(e);
      begin(begun, events);
      events.fail(refusal.getMessage());
    }
  }

  private static void begin(AtomicBoolean begun, ResponseEvents events) {
    if (!begun.getAndSet(true)) {
      events.begin();
    }
  }
}
