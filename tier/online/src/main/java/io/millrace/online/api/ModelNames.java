// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import io.millrace.online.http.Refusal;

import java.util.List;

/** Names of models that clients may use. */
final class ModelNames {

  private ModelNames() {}

  static Refusal unknown(String model, List<String> known) {
    String shown = model.length() <= 100 ? model : model.substring(0, 100) + "…";
    return Refusal.notFound(
        "model_not_found", "model", "there is no model '" + shown + "' here; use one of: " + String.join(", ", known));
  }
}
