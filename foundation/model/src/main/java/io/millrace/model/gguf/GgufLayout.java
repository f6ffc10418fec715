// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.gguf;

import io.millrace.model.decoder.DecoderConfig;
import io.millrace.model.decoder.DecoderFamily;
import io.millrace.model.decoder.Experts;
import io.millrace.model.decoder.RopeScaling;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Which tensors of a Hugging Face folder go where in a GGUF file, under the names that llama.cpp gives them.
 *
 * <p>Its "llama" rotates neighbours (2i, 2i+1) of a head, Hugging Face rotates (i, i + headDim/2), so the rows of query
 * and key matrices change places; its Qwens rotate as Hugging Face does. The experts of a block become one tensor.
 *
 * @see <a href="https://github.com/ggml-org/llama.cpp/blob/master/gguf-py/gguf/tensor_mapping.py">the names</a>
 */
final class GgufLayout {
  /**
   * A tensor of the file and where its rows come from.
   *
   * @param name in the file
   * @param shape row-major
   * @param sources Hugging Face tensors, one after another along the first dimension
   * @param sourceShape of each of them
   * @param rotatedHeads heads whose rows are put in the order of neighbours, 0 for none
   * @param exact whether it stays in single precision whatever the file's type is
   */
  record Place(
      String name, long[] shape, List<String> sources, long[] sourceShape, int rotatedHeads, boolean exact) {
    /** From which row of a source comes the row that is to be written as that one. */
    long sourceRow(long row) {
      if (rotatedHeads == 0) {
        return row;
      }
      long headDim = sourceShape[0] / rotatedHeads;
      long within = row % headDim;
      return row - within + within / 2 + (within % 2) * (headDim / 2);
    }
  }

  private final DecoderConfig config;
  private final boolean llama;
  private final List<Place> places = new ArrayList<>();

  private GgufLayout(DecoderConfig config) {
    this.config = config;
    this.llama = GgufMetadata.architecture(config.family()).equals("llama");
  }

  /** All tensors that are copied, in the order of the file. */
  static List<Place> of(DecoderConfig config) {
    return new GgufLayout(config).places();
  }

  /**
   * By what llama.cpp's "llama" divides the speed of each rotary pair, where a key of the metadata cannot say it; empty
   * if none is divided so.
   */
  static double[] rotaryFactors(DecoderConfig config) {
    if (!(config.ropeScaling() instanceof RopeScaling.Llama3)) {
      return new double[0];
    }
    int length = config.maxPositions();
    double[] scaled = config.ropeScaling().frequencies(config.headDim(), config.ropeTheta(), length);
    double[] plain = RopeScaling.NONE.frequencies(config.headDim(), config.ropeTheta(), length);
    return IntStream.range(0, plain.length).mapToDouble(i -> plain[i] / scaled[i]).toArray();
  }

  private List<Place> places() {
    long width = config.hiddenSize();
    matrix("token_embd.weight", "model.embed_tokens.weight", config.vocabSize(), width);
    for (int layer = 0; layer < config.layers(); layer++) {
      String to = "blk." + layer + ".";
      String from = "model.layers." + layer + ".";
      attention(to, from + "self_attn.");
      vector(to + "attn_norm.weight", from + "input_layernorm.weight", width);
      vector(to + "ffn_norm.weight", from + "post_attention_layernorm.weight", width);
      Experts experts = config.expertsAt(layer);
      if (experts == null) {
        matrix(to + "ffn_gate.weight", from + "mlp.gate_proj.weight", config.intermediateSize(), width);
        matrix(to + "ffn_up.weight", from + "mlp.up_proj.weight", config.intermediateSize(), width);
        matrix(to + "ffn_down.weight", from + "mlp.down_proj.weight", width, config.intermediateSize());
      } else {
        mixture(to, from, experts);
      }
    }
    vector("output_norm.weight", "model.norm.weight", width);
    if (!config.tieEmbeddings()) {
      matrix("output.weight", "lm_head.weight", config.vocabSize(), width);
    } else if (config.family() == DecoderFamily.QWEN2_MOE) { // whose reader does not fall back to the embedding
      matrix("output.weight", "model.embed_tokens.weight", config.vocabSize(), width);
    }
    return places;
  }

  private void attention(String to, String from) {
    long width = config.hiddenSize();
    long queries = (long) config.heads() * config.headDim();
    long keys = (long) config.kvHeads() * config.headDim();
    rotated(to + "attn_q.weight", from + "q_proj.weight", config.heads(), queries, width);
    rotated(to + "attn_k.weight", from + "k_proj.weight", config.kvHeads(), keys, width);
    matrix(to + "attn_v.weight", from + "v_proj.weight", keys, width);
    matrix(to + "attn_output.weight", from + "o_proj.weight", width, queries);
    if (config.family().qkvBias()) {
      vector(to + "attn_q.bias", from + "q_proj.bias", queries);
      vector(to + "attn_k.bias", from + "k_proj.bias", keys);
      vector(to + "attn_v.bias", from + "v_proj.bias", keys);
    }
    if (config.family().qkNorm()) {
      vector(to + "attn_q_norm.weight", from + "q_norm.weight", config.headDim());
      vector(to + "attn_k_norm.weight", from + "k_norm.weight", config.headDim());
    }
  }

  private void mixture(String to, String from, Experts experts) {
    boolean mixtral = config.family() == DecoderFamily.MIXTRAL;
    String mlp = from + (mixtral ? "block_sparse_moe." : "mlp.");
    long width = config.hiddenSize();
    long inner = experts.intermediateSize();
    places.add(new Place(to + "ffn_gate_inp.weight", new long[] {experts.count(), width}, List.of(mlp + "gate.weight"),
        new long[] {experts.count(), width}, 0, true));
    stacked(to + "ffn_gate_exps.weight", experts, inner, width,
        e -> mlp + "experts." + e + (mixtral ? ".w1.weight" : ".gate_proj.weight"));
    stacked(to + "ffn_up_exps.weight", experts, inner, width,
        e -> mlp + "experts." + e + (mixtral ? ".w3.weight" : ".up_proj.weight"));
    stacked(to + "ffn_down_exps.weight", experts, width, inner,
        e -> mlp + "experts." + e + (mixtral ? ".w2.weight" : ".down_proj.weight"));
    long shared = experts.sharedIntermediateSize();
    if (shared > 0) {
      places.add(new Place(to + "ffn_gate_inp_shexp.weight", new long[] {width},
          List.of(mlp + "shared_expert_gate.weight"), new long[] {1, width}, 0, true));
      matrix(to + "ffn_gate_shexp.weight", mlp + "shared_expert.gate_proj.weight", shared, width);
      matrix(to + "ffn_up_shexp.weight", mlp + "shared_expert.up_proj.weight", shared, width);
      matrix(to + "ffn_down_shexp.weight", mlp + "shared_expert.down_proj.weight", width, shared);
    }
  }

  private void vector(String name, String source, long size) {
    places.add(new Place(name, new long[] {size}, List.of(source), new long[] {size}, 0, true));
  }

  private void matrix(String name, String source, long rows, long columns) {
    long[] shape = {rows, columns};
    places.add(new Place(name, shape, List.of(source), shape, 0, false));
  }

  private void rotated(String name, String source, int heads, long rows, long columns) {
    long[] shape = {rows, columns};
    places.add(new Place(name, shape, List.of(source), shape, llama ? heads : 0, false));
  }

  private void stacked(String name, Experts experts, long rows, long columns, IntFunction<String> source) {
    places.add(new Place(name, new long[] {experts.count(), rows, columns},
        IntStream.range(0, experts.count()).mapToObj(source).toList(), new long[] {rows, columns}, 0, false));
  }
}
