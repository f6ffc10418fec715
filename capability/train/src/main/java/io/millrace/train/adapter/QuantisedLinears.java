// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.adapter;

import io.millrace.model.checkpoint.Weights;
import io.millrace.model.decoder.Linear;
import io.millrace.model.decoder.Linears;
import io.millrace.tensor.DType;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Matrices that are stored in few bits and become numbers again while they multiply.
 *
 * <p>A recorded pass keeps those numbers for the way back, so memory is saved only with
 * {@link io.millrace.model.decoder.Decoder#checkpointing}, which holds one block's at a time.
 */
final class QuantisedLinears implements Linears {
  private static final String CODES = ".codes";
  private static final String SCALES = ".scales";
  private final Quantisation quantisation;

  QuantisedLinears(Quantisation quantisation) {
    this.quantisation = quantisation;
  }

  /** The same weights with the matrices of these projections quantised; {@code weights} stay as they are. */
  Weights quantised(Weights weights, List<Projection> projections) {
    Map<String, Tensor> tensors = new LinkedHashMap<>(weights.named());
    try (Scope _ = Scope.open();
        NoGrad _ = NoGrad.open()) {
      for (Projection projection : projections) {
        Tensor weight = weights.get(projection.name() + ".weight");
        if (quantisation.fits(weight.numel())) {
          tensors.remove(projection.name() + ".weight");
          // What lies between is freed matrix by matrix.
          Tensor[] stored = new Tensor[2];
          try (Scope _ = Scope.open()) {
            Quantisation.Stored part = quantisation.store(weight.detach());
            stored[0] = Scope.keep(part.codes());
            stored[1] = Scope.keep(part.scales());
          }
          tensors.put(projection.name() + CODES, stored[0]);
          tensors.put(projection.name() + SCALES, stored[1]);
        }
      }
      Weights result = Weights.of(weights.dtype(), tensors);
      tensors.forEach((name, tensor) -> {
        if (name.endsWith(CODES) || name.endsWith(SCALES)) {
          Scope.free(tensor);
        }
      });
      return result;
    }
  }

  @Override
  public Linear linear(Projection projection, Weights weights) {
    if (!weights.named().containsKey(projection.name() + CODES)) {
      return Linears.PLAIN.linear(projection, weights);
    }
    Tensor codes = weights.get(projection.name() + CODES);
    Tensor scales = weights.get(projection.name() + SCALES);
    DType dtype = weights.dtype();
    if (!projection.bias()) {
      return x -> torch.linear(x, restored(projection, codes, scales, dtype));
    }
    Tensor bias = weights.get(projection.name() + ".bias");
    return x -> torch.linear(x, restored(projection, codes, scales, dtype), bias);
  }

  private Tensor restored(Projection projection, Tensor codes, Tensor scales, DType dtype) {
    return quantisation.restore(codes, scales, projection.outputs(), projection.inputs(), dtype);
  }
}
