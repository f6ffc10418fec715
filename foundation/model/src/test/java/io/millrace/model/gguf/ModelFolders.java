// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.gguf;

import io.millrace.model.decoder.Decoder;
import io.millrace.model.decoder.DecoderConfig;
import io.millrace.model.decoder.DecoderFamily;
import io.millrace.model.decoder.DecoderFolder;
import io.millrace.model.decoder.Experts;
import io.millrace.model.decoder.RopeScaling;
import io.millrace.model.tokenizer.BpeTrainer;
import io.millrace.model.tokenizer.BpeVocabulary;
import io.millrace.model.tokenizer.Tokenizer;
import io.millrace.tensor.DType;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Small models of every family as folders, with a tokenizer of ours and weights large enough that every part shows. */
final class ModelFolders {
  /** More rows than tokens, as decoders often have. */
  static final int VOCABULARY = 330;

  private static final DecoderConfig LLAMA =
      new DecoderConfig(VOCABULARY, 64, 96, 2, 4, 2, 16, 128, 10_000, 1e-5, false, 0, 0, -1);

  private ModelFolders() {}

  static Map<String, DecoderConfig> all() {
    Map<String, DecoderConfig> all = new TreeMap<>();
    all.put("llama", LLAMA);
    all.put("llama, tied, wide heads", new DecoderConfig(VOCABULARY, 64, 86, 2, 3, 1, 32, 128, 500_000, 1e-6, true, 0, 0, 0));
    all.put("llama, linear positions", LLAMA.stretched(new RopeScaling.Linear(4), 128));
    all.put("llama, dynamic positions", LLAMA.stretched(new RopeScaling.Dynamic(4, 128), 128));
    all.put("llama, yarn positions", LLAMA.stretched(new RopeScaling.Yarn(4, 32, 32, 1, null, true), 128));
    all.put("llama, yarn with its own factor", LLAMA.stretched(new RopeScaling.Yarn(4, 32, 32, 1, 1.5, true), 128));
    all.put("llama, llama3 positions", LLAMA.stretched(new RopeScaling.Llama3(8, 1, 4, 32), 128));
    all.put("qwen2", LLAMA.as(DecoderFamily.QWEN2));
    all.put("qwen3", LLAMA.as(DecoderFamily.QWEN3));
    all.put("mixtral", LLAMA.as(DecoderFamily.MIXTRAL, Experts.of(4, 2, 96)));
    all.put("qwen2_moe", LLAMA.as(
        DecoderFamily.QWEN2_MOE, new Experts(6, 3, 32, 64, false, 1, Set.of(), 0.01, 0.01, null)));
    all.put("qwen3_moe", LLAMA.as(DecoderFamily.QWEN3_MOE, Experts.of(5, 2, 32)));
    return all;
  }

  static List<String> names() {
    return List.copyOf(all().keySet());
  }

  /** Writes the model of that name. */
  static void write(String name, Path folder) throws IOException {
    DecoderConfig config = all().get(name);
    try (Decoder decoder = Decoder.random(config, 11)) {
      try (Scope _ = Scope.open();
          NoGrad _ = NoGrad.open()) {
        for (Tensor tensor : decoder.weights().named().values()) {
          tensor.add_(torch.randn(tensor.shape(), tensor.options()).mul(new Scalar(0.1)));
        }
      }
      DecoderFolder.save(decoder, folder, DType.F32);
    }
    vocabulary().writeTokenizerJson(folder.resolve(Tokenizer.FILE));
  }

  static BpeVocabulary vocabulary() {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      texts.add("A map is a table of keys and values, the value of key " + i + ". 映射是键和值的表，键" + i + "的值。");
    }
    return BpeTrainer.ofSize(320).train(texts.iterator());
  }
}
