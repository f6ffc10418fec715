// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import io.millrace.online.answer.Route;
import io.millrace.online.generate.GeneratorName;
import io.millrace.online.http.Refusal;

import java.util.ArrayList;
import java.util.List;

/** Names of models that clients may use. */
final class ModelNames {

  private ModelNames() {}

  /** Returns the models that chat. */
  static List<String> chat() {
    List<String> names = new ArrayList<>(Route.names());
    names.addAll(GeneratorName.names());
    return names;
  }

  /** Returns the language model of a name, where nothing but a language model will do. */
  static GeneratorName generator(String model) {
    return GeneratorName.of(model).orElseThrow(() -> {
      if (Route.of(model).isPresent()) {
        return Refusal.badRequest(
            "model",
            "'" + model + "' answers questions from sources, at /v1/chat/completions only: use '"
                + GeneratorName.GENERATOR
                + "' here");
      }
      return unknown(model, GeneratorName.names());
    });
  }

  static Refusal unknown(String model, List<String> known) {
    String shown = model.length() <= 100 ? model : model.substring(0, 100) + "…";
    return Refusal.notFound(
        "model_not_found", "model", "there is no model '" + shown + "' here; use one of: " + String.join(", ", known));
  }
}
