// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import io.millrace.core.generation.Piece;
import io.millrace.online.Deadlines;
import io.millrace.online.Limits;
import io.millrace.online.generate.DirectGeneration;
import io.millrace.online.generate.DirectGeneration.Asker;
import io.millrace.online.generate.GeneratorName;
import io.millrace.online.generate.Outcome;
import io.millrace.online.generate.Together;
import io.millrace.online.http.JsonBodies;
import io.millrace.online.model.ServedModels;
import io.millrace.online.openai.TextCompletionReply;
import io.millrace.online.openai.TextCompletionRequest;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/** {@code POST /v1/completions}: texts that a language model continues. */
@RestController
public final class CompletionsApi {

  private final DirectGeneration generation;
  private final ServedModels models;
  private final JsonBodies bodies;
  private final Limits limits;
  private final Deadlines deadlines;

  public CompletionsApi(
      DirectGeneration generation, ServedModels models, JsonBodies bodies, Limits limits, Deadlines deadlines) {
    this.generation = generation;
    this.models = models;
    this.bodies = bodies;
    this.limits = limits;
    this.deadlines = deadlines;
  }

  /** Continues texts, at once or piece by piece. */
  @PostMapping("/v1/completions")
  public void complete(HttpServletRequest request, HttpServletResponse response) throws IOException {
    Asking asking = Asking.of(request, bodies, models, deadlines);
    GeneratorName name = ModelNames.generator(asking.model());
    TextCompletionRequest wanted =
        TextCompletionRequest.of(asking.body(), name, asking.service(name.adapter()), limits);
    boolean usage = ChatOptions.includeUsage(asking.body());
    TextCompletionReply reply = new TextCompletionReply("cmpl-" + asking.trace(), Instant.now().getEpochSecond(),
        wanted);
    if (asking.stream()) {
      EventStream.respond(
          response, asking.deadline(),
          stream -> {
            List<Outcome> outcomes =
                write(asking, wanted, stream::gone, prompt -> new Chunks(stream, reply, prompt, wanted.choices()));
            if (usage) {
              stream.send(reply.count(outcomes));
            }
            stream.done();
          });
    } else {
      List<Outcome> outcomes = write(asking, wanted, () -> false, prompt -> DirectGeneration.Listener.none());
      JsonResponse.write(response, reply.whole(outcomes, DirectDetails.of(asking.trace(), outcomes.getFirst())));
    }
  }

  private List<Outcome> write(
      Asking asking,
      TextCompletionRequest wanted,
      BooleanSupplier gone,
      IntFunction<DirectGeneration.Listener> listeners) {
    AtomicBoolean over = new AtomicBoolean();
    Asker asker =
        new Asker(asking.trace(), asking.user(), asking.deadline(), () -> over.get() || gone.getAsBoolean());
    List<Supplier<Outcome>> work = new ArrayList<>();
    for (int i = 0; i < wanted.wishes().size(); i++) {
      int prompt = i;
      work.add(() -> {
        Outcome outcome = generation.write(wanted.wishes().get(prompt), asker, listeners.apply(prompt));
        asking.caller().charge(outcome.promptTokens() + outcome.completionTokens());
        return outcome;
      });
    }
    return Together.all(work, () -> over.set(true));
  }

  /** Sends the choices of one prompt as they come. */
  private static final class Chunks implements DirectGeneration.Listener {

    private final EventStream stream;
    private final TextCompletionReply reply;
    private final int prompt;
    // Each element is its choice's thread's.
    private final boolean[] begun;

    Chunks(EventStream stream, TextCompletionReply reply, int prompt, int choices) {
      this.stream = stream;
      this.reply = reply;
      this.prompt = prompt;
      this.begun = new boolean[choices];
    }

    @Override
    public void piece(int choice, Piece piece) {
      begin(choice);
      send(reply.piece(prompt, choice, piece));
    }

    @Override
    public void ended(int choice, Outcome.Choice whole) {
      begin(choice);
      send(reply.end(prompt, choice, whole));
    }

    private void begin(int choice) {
      if (!begun[choice]) {
        begun[choice] = true;
        send(reply.begin(prompt, choice));
      }
    }

    private void send(@Nullable Object chunk) {
      if (chunk != null) {
        stream.send(chunk);
      }
    }
  }
}
