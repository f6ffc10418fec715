// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.parallel;

import io.millrace.model.checkpoint.Weights;
import io.millrace.model.decoder.DecoderConfig;
import io.millrace.model.decoder.Experts;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which part of each of a decoder's tensors a seat of the mesh holds; see {@link
 * io.millrace.model.decoder.DecoderWeights} for the names.
 *
 * <p>What reads the residual stream (query, key, value, gate, up) is cut along its outputs, in whole heads; what adds
 * to it (output, down) along its inputs, so that one sum over ranks is enough for each. Norms, routers, embedding and
 * output layer are whole everywhere: every loss of this module reads whole logits, the vocabularies of models trained
 * here are small, and cutting a tied output layer would put an exchange of logits where now is none.
 */
final class Sharding {
  /** Along which dimension and into which parts, of which each rank gets its share, a tensor is cut; none: it is not. */
  private record Cut(int dimension, long... parts) {
    static final Cut NONE = new Cut(-1);
  }

  private final DecoderConfig config;
  private final Mesh mesh;

  /**
   * The parts for a mesh.
   *
   * @throws IllegalArgumentException naming the size that it does not divide
   */
  Sharding(DecoderConfig config, Mesh mesh) {
    this.config = config;
    this.mesh = mesh;
    divides("num_key_value_heads", config.kvHeads(), mesh.tensor(), "tensor");
    divides("intermediate_size", config.intermediateSize(), mesh.tensor(), "tensor");
    Experts experts = config.experts();
    if (experts != null) {
      divides("moe_intermediate_size", experts.intermediateSize(), mesh.tensor(), "tensor");
      divides("shared_expert_intermediate_size", experts.sharedIntermediateSize(), mesh.tensor(), "tensor");
    }
    divides("num_experts", experts == null ? 0 : experts.count(), mesh.expert(), "expert");
    if (experts == null && mesh.expert() > 1) {
      throw new IllegalArgumentException(mesh + ": model_type " + config.family().modelType() + " has no experts");
    }
  }

  private void divides(String name, int size, int by, String axis) {
    if (size % by != 0) {
      throw new IllegalArgumentException("%s: %s %d is no multiple of %s %d".formatted(mesh, name, size, axis, by));
    }
  }

  /** Whether ranks that differ in {@code tensor} have different parts of it. */
  boolean sliced(String name) {
    return mesh.tensor() > 1 && cut(name).dimension() >= 0;
  }

  /** Whether ranks that differ in {@code expert} have different parts of it. */
  boolean spread(String name) {
    return mesh.expert() > 1 && name.contains(".experts.");
  }

  /**
   * Whether ranks that differ in {@code tensor} hold the same of it, but each reads it with its own heads only, so that
   * its gradient is a part of the whole.
   */
  boolean readInParts(String name) {
    return mesh.tensor() > 1 && (name.endsWith("self_attn.q_norm.weight") || name.endsWith("self_attn.k_norm.weight"));
  }

  /** Whether that seat is the one that stands for all that hold the same of it. */
  boolean standsFor(String name, Mesh.Seat seat) {
    return (sliced(name) || seat.tensor() == 0) && (spread(name) || seat.expert() == 0);
  }

  /** The part of a seat, as a tensor of its own in the open scope. */
  Tensor part(String name, Tensor whole, Mesh.Seat seat) {
    List<Tensor> views = views(name, whole, seat);
    return views.size() == 1 ? views.getFirst().clone().contiguous() : torch.cat(vector(views), cut(name).dimension());
  }

  /** Writes a seat's part into its place. */
  void put(String name, Tensor part, Tensor whole, Mesh.Seat seat) {
    long at = 0;
    try (NoGrad _ = NoGrad.open()) {
      for (Tensor view : views(name, whole, seat)) {
        int dimension = Math.max(0, cut(name).dimension());
        view.copy_(part.narrow(dimension, at, view.size(dimension)));
        at += view.size(dimension);
      }
    }
  }

  /** The shape of the whole, of which a part has the given shape. */
  long[] wholeShape(String name, long[] part) {
    long[] shape = part.clone();
    if (spread(name)) {
      shape[0] *= mesh.expert();
    }
    if (sliced(name)) {
      shape[cut(name).dimension()] *= mesh.tensor();
    }
    return shape;
  }

  /** The parts of all weights of a seat, in F32 or whatever they are in. */
  Weights parts(Weights whole, Mesh.Seat seat) {
    Map<String, Tensor> parts = new LinkedHashMap<>();
    try (Scope _ = Scope.open();
        NoGrad _ = NoGrad.open()) {
      whole.named().forEach((name, tensor) -> parts.put(name, part(name, tensor.detach(), seat)));
      return Weights.of(whole.dtype(), parts);
    }
  }

  private List<Tensor> views(String name, Tensor whole, Mesh.Seat seat) {
    Tensor mine = whole;
    if (spread(name)) {
      long count = whole.size(0) / mesh.expert();
      mine = mine.narrow(0, seat.expert() * count, count);
    }
    if (!sliced(name)) {
      return List.of(mine);
    }
    Cut cut = cut(name);
    List<Tensor> views = new ArrayList<>();
    long at = 0;
    for (long size : cut.parts()) {
      long share = size / mesh.tensor();
      views.add(mine.narrow(cut.dimension(), at + seat.tensor() * share, share));
      at += size;
    }
    return views;
  }

  private Cut cut(String name) {
    Experts experts = config.experts();
    long inner = config.intermediateSize();
    if (name.contains(".self_attn.qkv.")) {
      long keys = (long) config.kvHeads() * config.headDim();
      return new Cut(0, (long) config.heads() * config.headDim(), keys, keys);
    } else if (name.endsWith(".self_attn.o_proj.weight")) {
      return new Cut(1, (long) config.heads() * config.headDim());
    } else if (name.endsWith(".mlp.gate_up.weight")) {
      return new Cut(0, inner, inner);
    } else if (name.endsWith(".mlp.down_proj.weight")) {
      return new Cut(1, inner);
    } else if (experts == null) {
      return Cut.NONE;
    }
    long expert = experts.intermediateSize();
    long shared = experts.sharedIntermediateSize();
    if (name.endsWith(".experts.gate_up.weight")) {
      return new Cut(1, expert, expert);
    } else if (name.endsWith(".experts.down_proj.weight")) {
      return new Cut(2, expert);
    } else if (name.endsWith(".shared_expert.gate_up.weight")) {
      return new Cut(0, shared, shared);
    }
    return name.endsWith(".shared_expert.down_proj.weight") ? new Cut(1, shared) : Cut.NONE;
  }

  private static TensorVector vector(List<Tensor> tensors) {
    TensorVector vector = new TensorVector();
    tensors.forEach(vector::push_back);
    return vector;
  }
}
