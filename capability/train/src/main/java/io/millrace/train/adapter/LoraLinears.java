// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.adapter;

import io.millrace.model.checkpoint.Weights;
import io.millrace.model.decoder.Linear;
import io.millrace.model.decoder.Linears;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Matrices with adapters beside them. Where a decoder joins several matrices in one, each has its own adapter, as in
 * files.
 */
final class LoraLinears implements Linears {
  private final Linears base;
  private final Map<String, Double> scales;

  /**
   * Adapters beside what {@code base} makes.
   *
   * @param scales what each adapter's change is multiplied by, by its name; its tensors are in the decoder's weights
   */
  LoraLinears(Linears base, Map<String, Double> scales) {
    this.base = base;
    this.scales = new LinkedHashMap<>(scales);
  }

  /** What a tensor of an adapter is called among the decoder's. */
  static String tensor(String adapter, String name) {
    return adapter + "/" + name;
  }

  private record Pair(Tensor a, Tensor b, double scale) {
    Tensor change(Tensor x) {
      return torch.linear(torch.linear(x, a), b).mul(new Scalar(scale));
    }
  }

  /** The adapters beside one part of a projection; there may be none. */
  private record Beside(long rows, List<Pair> pairs) {
    Tensor change(Tensor x) {
      if (pairs.isEmpty()) {
        long[] shape = x.shape();
        shape[shape.length - 1] = rows;
        return torch.zeros(shape, x.options());
      }
      Tensor sum = pairs.getFirst().change(x);
      for (Pair pair : pairs.subList(1, pairs.size())) {
        sum = sum.add(pair.change(x));
      }
      return sum;
    }
  }

  @Override
  public Linear linear(Projection projection, Weights weights) {
    Linear frozen = base.linear(projection, weights);
    List<Beside> parts = projection.parts().stream().map(part -> beside(part, weights)).toList();
    if (parts.stream().allMatch(part -> part.pairs.isEmpty())) {
      return frozen;
    }
    return x -> frozen.apply(x).add(change(parts, x));
  }

  private Beside beside(Part part, Weights weights) {
    List<Pair> pairs = new ArrayList<>();
    scales.forEach((adapter, scale) -> {
      String a = tensor(adapter, part.name() + Adapter.A);
      if (weights.named().containsKey(a)) {
        pairs.add(new Pair(weights.get(a), weights.get(tensor(adapter, part.name() + Adapter.B)), scale));
      }
    });
    return new Beside(part.rows(), pairs);
  }

  private static Tensor change(List<Beside> parts, Tensor x) {
    if (parts.size() == 1) {
      return parts.getFirst().change(x);
    }
    TensorVector changes = new TensorVector();
    parts.forEach(part -> changes.push_back(part.change(x)));
    return torch.cat(changes, -1);
  }
}
