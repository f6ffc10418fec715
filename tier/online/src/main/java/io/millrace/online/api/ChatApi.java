// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import io.millrace.online.Deadlines;
import io.millrace.online.Limits;
import io.millrace.online.answer.AnswerPipeline;
import io.millrace.online.answer.Route;
import io.millrace.online.generate.DirectGeneration;
import io.millrace.online.generate.GeneratorName;
import io.millrace.online.http.JsonBodies;
import io.millrace.online.model.ServedModels;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

import java.io.IOException;
import java.util.Optional;

/** {@code POST /v1/chat/completions}, as OpenAI's clients know it: from sources, or by a language model alone. */
@RestController
public final class ChatApi {

  private final ServedModels models;
  private final JsonBodies bodies;
  private final Deadlines deadlines;
  private final GroundedChat grounded;
  private final DirectChat direct;

  public ChatApi(
      AnswerPipeline pipeline,
      DirectGeneration generation,
      ServedModels models,
      JsonBodies bodies,
      Limits limits,
      Deadlines deadlines) {
    this.models = models;
    this.bodies = bodies;
    this.deadlines = deadlines;
    this.grounded = new GroundedChat(pipeline, limits);
    this.direct = new DirectChat(generation, limits);
  }

  /** Answers, at once or piece by piece. */
  @PostMapping("/v1/chat/completions")
  public void complete(HttpServletRequest request, HttpServletResponse response) throws IOException {
    Asking asking = Asking.of(request, bodies, models, deadlines);
    String model = asking.model();
    Optional<GeneratorName> generator = GeneratorName.of(model);
    if (generator.isPresent()) {
      direct.complete(asking, generator.get(), response);
    } else {
      Route route = Route.of(model).orElseThrow(() -> ModelNames.unknown(model, ModelNames.chat()));
      grounded.complete(asking, route, request, response);
    }
  }
}
