// SPDX-License-Identifier: Apache-2.0
package io.millrace.compress;

import io.millrace.model.decoder.DecoderConfig;
import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The tensors of a smaller decoder, cut out of those of a larger one under their Hugging Face names.
 *
 * @param config of the larger one
 * @param kept what remains of each of its blocks
 */
record PrunedTensors(DecoderConfig config, List<Kept> kept) {
  private static final Pattern LAYER = Pattern.compile("model\\.layers\\.(\\d+)\\.(self_attn|mlp)\\.(\\w+)\\.(weight|bias)");

  /**
   * What remains of a block.
   *
   * @param groups of heads
   * @param units of the feed-forward
   */
  record Kept(int[] groups, int[] units) {}

  /** The smaller tensors, in the open scope. */
  Map<String, Tensor> cut(Map<String, Tensor> tensors) {
    Map<String, Tensor> cut = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> cut.put(name, cut(name, tensor)));
    return cut;
  }

  private Tensor cut(String name, Tensor tensor) {
    Matcher place = LAYER.matcher(name);
    if (!place.matches()) {
      return tensor;
    }
    Kept here = kept.get(Integer.parseInt(place.group(1)));
    int queries = config.heads() / config.kvHeads() * config.headDim();
    return switch (place.group(3)) {
      case "q_proj" -> select(tensor, 0, InputPruning.columns(here.groups, queries));
      case "k_proj", "v_proj" -> select(tensor, 0, InputPruning.columns(here.groups, config.headDim()));
      case "o_proj" -> select(tensor, 1, InputPruning.columns(here.groups, queries));
      case "gate_proj", "up_proj" -> select(tensor, 0, InputPruning.columns(here.units, 1));
      case "down_proj" -> select(tensor, 1, InputPruning.columns(here.units, 1));
      default -> tensor;
    };
  }

  private static Tensor select(Tensor tensor, int dimension, long[] places) {
    return tensor.index_select(dimension, Tensors.of(places, places.length));
  }
}
