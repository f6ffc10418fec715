// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.parallel;

import io.millrace.model.checkpoint.Weights;
import io.millrace.model.decoder.Decoder;
import io.millrace.model.decoder.DecoderConfig;
import io.millrace.model.decoder.DecoderFolder;
import io.millrace.model.decoder.ExpertBank;
import io.millrace.model.decoder.Experts;
import io.millrace.model.decoder.FeedForward;
import io.millrace.model.decoder.Linears;
import io.millrace.model.decoder.MixtureOfExperts;
import io.millrace.model.decoder.RouterPeers;
import io.millrace.tensor.DType;
import io.millrace.tensor.Device;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import io.millrace.tensor.collective.Collective;
import org.bytedeco.pytorch.Tensor;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * This rank's part of a decoder of which a {@link Mesh} of ranks holds slices and experts: masters in F32, which learn,
 * and a copy that computes and meets the other ranks within its forward and backward passes.
 *
 * <p>Each rank makes the whole decoder once, on the CPU, and keeps its part; so a rank's memory must hold the model
 * once in F32, without gradients and moments, while it is made and while it is saved.
 */
public final class ParallelDecoder implements AutoCloseable {
  private final MeshGroups groups;
  private final Sharding sharding;
  private final DecoderConfig config;
  private final GradientExchange slices;
  private final GradientExchange experts;
  private final Weights masters;
  private final Decoder working;

  private ParallelDecoder(Decoder whole, MeshGroups groups, DType precision, Device device) {
    this.groups = groups;
    config = whole.config();
    sharding = new Sharding(config, groups.mesh());
    slices = new GradientExchange(groups.slices());
    experts = new GradientExchange(groups.experts());
    try (Weights parts = sharding.parts(whole.weights(), groups.seat())) {
      masters = parts.on(device);
    }
    Linears linears = groups.mesh().tensor() == 1 ? Linears.PLAIN : new TensorParallelLinears(slices);
    working = new Decoder(config, masters.as(precision), linears, this::feedForward);
    working.weights().train(_ -> true);
  }

  /**
   * This rank's part of the decoder that {@link Decoder#random} makes from the same seed.
   *
   * @throws IllegalArgumentException naming the size that the mesh does not divide
   */
  public static ParallelDecoder random(
      DecoderConfig config, long seed, MeshGroups groups, DType precision, Device device) {
    Decoder drawn;
    synchronized (ParallelDecoder.class) { // ranks that are threads of one process share libtorch's generator
      drawn = Decoder.random(config, seed);
    }
    try (Decoder whole = drawn) {
      return new ParallelDecoder(whole, groups, precision, device);
    }
  }

  /** This rank's part of the decoder in a Hugging Face folder, which every rank must be able to read. */
  public static ParallelDecoder load(Path folder, MeshGroups groups, DType precision, Device device) throws IOException {
    try (Decoder whole = DecoderFolder.load(folder)) {
      return new ParallelDecoder(whole, groups, precision, device);
    }
  }

  private FeedForward feedForward(DecoderConfig c, int layer, Weights weights, Linears linears) {
    Experts mixture = c.expertsAt(layer);
    if (mixture == null) {
      return FeedForward.Factory.PLAIN.feedForward(c, layer, weights, linears);
    }
    String prefix = "model.layers." + layer + ".mlp.experts.";
    ExpertBank mine = ExpertBank.local(weights.get(prefix + "gate_up.weight"), weights.get(prefix + "down_proj.weight"));
    ExpertBank sliced = (x, counts) -> slices.summed(mine.apply(slices.copied(x), counts));
    ExpertBank spread = groups.mesh().expert() == 1 ? sliced : new ExpertParallelBank(groups.experts(), experts, sliced);
    return MixtureOfExperts.of(c, layer, mixture, weights, linears, spread, peers());
  }

  private RouterPeers peers() {
    Collective readers = groups.readers();
    return new RouterPeers() {
      @Override
      public long[][] gather(long[] counts) {
        try (Scope _ = Scope.open()) {
          Device device = masters.device();
          Tensor all = device.move(Tensors.of(new long[readers.size() * counts.length], readers.size(), counts.length));
          readers.allGather(all, device.move(Tensors.of(counts, 1, counts.length)));
          long[] flat = Tensors.longs(all);
          long[][] each = new long[readers.size()][];
          Arrays.setAll(each, r -> Arrays.copyOfRange(flat, r * counts.length, (r + 1) * counts.length));
          return each;
        }
      }

      @Override
      public int rank() {
        return readers.rank();
      }
    };
  }

  /** The decoder that computes; its weights are this rank's parts in the training's number format. */
  public Decoder working() {
    return working;
  }

  /** This rank's parts in F32, which learn. */
  Weights masters() {
    return masters;
  }

  MeshGroups groups() {
    return groups;
  }

  Sharding sharding() {
    return sharding;
  }

  /** Whether to compute activations a second time instead of keeping them; see {@link Decoder#checkpointing}. */
  public ParallelDecoder checkpointing(boolean on) {
    working.checkpointing(on);
    return this;
  }

  /**
   * Gathers the masters into an ordinary Hugging Face folder, which the first rank writes; all ranks call, and go on
   * once it is there.
   */
  public void save(Path folder, DType dtype) throws IOException {
    try (ParallelState whole = ParallelState.gather(masters.named(), sharding, groups)) {
      if (groups.all().rank() == 0) {
        Map<String, Tensor> tensors = new LinkedHashMap<>(whole.tensors());
        try (Weights weights = Weights.of(DType.F32, tensors);
            Decoder decoder = new Decoder(config, weights)) {
          DecoderFolder.save(decoder, folder, dtype);
        }
      }
    }
    groups.all().barrier();
  }

  @Override
  public void close() {
    working.close();
    masters.close();
    experts.close();
    slices.close();
  }
}
