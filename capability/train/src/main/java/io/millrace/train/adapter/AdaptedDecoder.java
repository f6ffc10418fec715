// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.adapter;

import io.millrace.model.checkpoint.Weights;
import io.millrace.model.decoder.Decoder;
import io.millrace.model.decoder.FeedForward;
import io.millrace.model.decoder.Linears;
import io.millrace.tensor.DType;
import org.bytedeco.pytorch.Tensor;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A frozen decoder that computes with one or several adapters beside it. */
public final class AdaptedDecoder implements AutoCloseable {
  private final Linears frozen;
  private final Decoder decoder;

  private AdaptedDecoder(Linears frozen, Decoder decoder) {
    this.frozen = frozen;
    this.decoder = decoder;
  }

  /**
   * A decoder with adapters, of whose tensors copies compute.
   *
   * @param base stays the caller's and may be closed afterwards
   * @param adapters by any names; each changes the decoder by itself, and the changes add up
   * @param shares what each adapter is multiplied by; 1 where none is given
   * @param frozen how the decoder's matrices are stored
   * @param precision in which all of it computes
   * @throws IllegalArgumentException naming a tensor of an adapter that does not fit the decoder
   */
  public static AdaptedDecoder of(
      Decoder base, Map<String, Adapter> adapters, Map<String, Double> shares, Quantisation frozen, DType precision) {
    List<Linears.Projection> projections = Projections.of(base.config(), base.weights());
    Map<String, Double> scales = new LinkedHashMap<>();
    Weights all = stored(base, projections, frozen, precision);
    try {
      for (Map.Entry<String, Adapter> entry : adapters.entrySet()) {
        entry.getValue().checkFits(projections);
        scales.put(entry.getKey(), entry.getValue().lora().scale() * shares.getOrDefault(entry.getKey(), 1.0));
        all = all.with(renamed(entry.getKey(), entry.getValue(), precision));
      }
      Linears linears = frozen == Quantisation.NONE ? Linears.PLAIN : new QuantisedLinears(frozen);
      return new AdaptedDecoder(linears,
          new Decoder(base.config(), all, new LoraLinears(linears, scales), FeedForward.Factory.PLAIN));
    } catch (Throwable t) {
      all.close();
      throw t;
    }
  }

  private static Weights stored(
      Decoder base, List<Linears.Projection> projections, Quantisation frozen, DType precision) {
    Weights plain = base.weights().as(precision);
    if (frozen == Quantisation.NONE) {
      return plain;
    }
    try (plain) {
      return new QuantisedLinears(frozen).quantised(plain, projections);
    }
  }

  private static Weights renamed(String name, Adapter adapter, DType precision) {
    try (Weights copy = adapter.weights().as(precision)) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      copy.named().forEach((tensor, value) -> tensors.put(LoraLinears.tensor(name, tensor), value));
      return Weights.of(precision, tensors);
    }
  }

  /** The decoder that computes with the adapters; it belongs to this. */
  public Decoder decoder() {
    return decoder;
  }

  /** The same decoder without adapters, as it was before they learnt. The caller closes it; it copies nothing. */
  public Decoder withoutAdapters() {
    return new Decoder(
        decoder.config(), Projections.borrowed(decoder.weights()), frozen, FeedForward.Factory.PLAIN);
  }

  /**
   * The tensors with which an adapter computes, under its own names; the caller closes them, which frees nothing.
   *
   * @param name as it was given to {@link #of}
   */
  public Weights working(String name) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    String prefix = LoraLinears.tensor(name, "");
    decoder.weights().named().forEach((tensor, value) -> {
      if (tensor.startsWith(prefix)) {
        tensors.put(tensor.substring(prefix.length()), value);
      }
    });
    return Weights.of(decoder.weights().dtype(), tensors);
  }

  @Override
  public void close() {
    decoder.close();
  }
}
