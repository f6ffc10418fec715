// SPDX-License-Identifier: Apache-2.0
package io.millrace.compress;

import io.millrace.model.checkpoint.Weights;
import io.millrace.model.decoder.Linear;
import io.millrace.model.decoder.Linears;
import org.bytedeco.pytorch.Tensor;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Plain matrices whose inputs somebody may look at. Confined to one thread. */
final class ObservedLinears implements Linears {
  /** Who looks. */
  @FunctionalInterface
  interface Observer {
    /** A matrix is about to read x, [..., inputs]. */
    void reads(Projection projection, Tensor x);
  }

  private static final Observer NOBODY = (projection, x) -> {};

  private final Map<String, Projection> projections = new LinkedHashMap<>();
  private Observer observer = NOBODY;

  @Override
  public Linear linear(Projection projection, Weights weights) {
    projections.put(projection.name(), projection);
    Linear plain = PLAIN.linear(projection, weights);
    return x -> {
      observer.reads(projection, x);
      return plain.apply(x);
    };
  }

  /** The matrices whose names begin so, in the order in which the decoder asked for them. */
  List<Projection> under(String prefix) {
    return projections.values().stream().filter(projection -> projection.name().startsWith(prefix)).toList();
  }

  /** Lets {@code other} look until it is called again. */
  void observe(Observer other) {
    observer = other;
  }

  /** Lets nobody look. */
  void unobserved() {
    observer = NOBODY;
  }
}
