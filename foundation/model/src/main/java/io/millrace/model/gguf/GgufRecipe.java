// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.gguf;

/**
 * In which type each tensor of a file is stored, as llama.cpp's own quantiser mixes them: with four bits, the matrix of
 * the logits has six, and in Q4_K files so do the values and the way down from the feed-forward in about half the blocks.
 *
 * @param wanted the file's type
 * @param layers blocks of the decoder
 * @see <a href="https://github.com/ggml-org/llama.cpp/blob/master/src/llama-quant.cpp">the mixtures</a>
 */
record GgufRecipe(GgufType wanted, int layers) {
  /** The type of a tensor; vectors and routers stay in single precision. */
  GgufType of(GgufLayout.Place place) {
    if (place.exact()) {
      return GgufType.F32;
    }
    long columns = place.shape()[place.shape().length - 1];
    GgufType type = mixed(place.name());
    if (type.takesRowsOf(columns)) {
      return type;
    }
    return type != GgufType.Q4_0 && GgufType.Q8_0.takesRowsOf(columns) ? GgufType.Q8_0 : GgufType.F16;
  }

  private GgufType mixed(String name) {
    if (wanted != GgufType.Q4_0 && wanted != GgufType.Q4_K) {
      return wanted;
    }
    // The embedding is taken for the logits too where there is no matrix of their own; where there is, six bits do no harm.
    if (name.equals("token_embd.weight") || name.equals("output.weight")) {
      return GgufType.Q6_K;
    }
    boolean sensitive = name.endsWith("attn_v.weight") || name.contains(".ffn_down");
    return wanted == GgufType.Q4_K && sensitive && betterKept(Integer.parseInt(name.split("\\.", 3)[1]))
        ? GgufType.Q6_K : wanted;
  }

  /** The first and the last eighth of the blocks, and every third between. */
  private boolean betterKept(int layer) {
    int eighth = layers / 8;
    return layer < eighth || layer >= 7 * layers / 8 || (layer - eighth) % 3 == 2;
  }
}
