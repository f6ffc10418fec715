// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.answer;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The models that clients can name. */
public enum Route {
  /** Whichever of reader and decoder answers better, by the scores that the registry has of them. */
  BEST("millrace"),
  /** The span reader. */
  READER("millrace-reader"),
  /** The language model. */
  DECODER("millrace-decoder"),
  /** The language model of another server, where one is configured. */
  UPSTREAM("millrace-upstream");

  private final String model;

  Route(String model) {
    this.model = model;
  }

  /** Returns the name that clients use. */
  public String model() {
    return model;
  }

  /** Returns the route of a name. */
  public static Optional<Route> of(String model) {
    return Arrays.stream(values()).filter(route -> route.model.equals(model)).findFirst();
  }

  /** Returns all names. */
  public static List<String> names() {
    return Arrays.stream(values()).map(Route::model).toList();
  }
}
