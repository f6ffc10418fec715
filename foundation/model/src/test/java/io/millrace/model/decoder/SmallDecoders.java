// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import io.millrace.model.checkpoint.Weights;
import io.millrace.tensor.DType;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Torch;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** One small decoder of every kind, for tests. */
final class SmallDecoders {
  private static final DecoderConfig LLAMA =
      new DecoderConfig(13, 12, 10, 3, 4, 2, 6, 16, 10_000, 1e-5, false, 1, 2, -1);

  private SmallDecoders() {}

  /** By a name that says what is special about it. */
  static Map<String, DecoderConfig> all() {
    Map<String, DecoderConfig> all = new TreeMap<>();
    all.put("llama", LLAMA);
    all.put("llama, tied, one key head", new DecoderConfig(13, 12, 10, 2, 3, 1, 4, 16, 500_000, 1e-6, true, 1, 2, 0));
    all.put("llama, linear positions", LLAMA.stretched(new RopeScaling.Linear(4), 64));
    all.put("llama, dynamic positions", LLAMA.stretched(new RopeScaling.Dynamic(4, 5), 5));
    all.put("llama, yarn positions", LLAMA.stretched(new RopeScaling.Yarn(4, 16, 32, 1, null, true), 64));
    all.put("llama, llama3 positions", LLAMA.stretched(new RopeScaling.Llama3(8, 1, 4, 16), 128));
    all.put("qwen2", LLAMA.as(DecoderFamily.QWEN2));
    all.put("qwen3", LLAMA.as(DecoderFamily.QWEN3));
    all.put("mixtral", LLAMA.as(DecoderFamily.MIXTRAL, new Experts(4, 2, 10, 0, true, 1, Set.of(), 0.02, 0.001, null)));
    all.put("mixtral, full experts", LLAMA.as(
        DecoderFamily.MIXTRAL, new Experts(4, 2, 10, 0, true, 1, Set.of(), 0.02, 0.001, 0.7)));
    all.put("qwen2_moe", LLAMA.as(
        DecoderFamily.QWEN2_MOE, new Experts(6, 3, 5, 8, false, 1, Set.of(1), 0.01, 0.01, null)));
    all.put("qwen3_moe", LLAMA.as(DecoderFamily.QWEN3_MOE, new Experts(5, 2, 7, 0, true, 2, Set.of(), 0.001, 0, null)));
    return all;
  }

  static List<String> names() {
    return List.copyOf(all().keySet());
  }

  /** In F64, with weights large enough, biases and norms included, that every part shows in the result. */
  static Decoder random(DecoderConfig config, long seed) {
    Torch.seed(seed);
    Weights weights = Weights.create(DType.F64, DecoderWeights.slots(config));
    try (Scope scope = Scope.open();
        NoGrad noGrad = NoGrad.open()) {
      for (Tensor tensor : weights.named().values()) {
        tensor.add_(torch.randn(tensor.shape(), tensor.options()).mul(new Scalar(0.3)));
      }
    }
    return new Decoder(config, weights);
  }
}
