// SPDX-License-Identifier: Apache-2.0
package io.millrace.compress;

import io.millrace.compress.PrunedTensors.Kept;
import io.millrace.core.json.Json;
import io.millrace.model.checkpoint.TensorFolder;
import io.millrace.model.checkpoint.Weights;
import io.millrace.model.decoder.Decoder;
import io.millrace.model.decoder.DecoderConfig;
import io.millrace.model.decoder.DecoderFolder;
import io.millrace.model.decoder.DecoderWeights;
import io.millrace.model.decoder.Linears;
import io.millrace.model.safetensors.TensorSource;
import io.millrace.tensor.DType;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import org.bytedeco.pytorch.Tensor;
import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Takes whole blocks, groups of heads and inner units out of a decoder, and writes what remains as an ordinary smaller
 * Hugging Face folder, for which distillation from its parent is the usual next step.
 *
 * <p>Blocks go by {@link BlockInfluence}; heads and units by what they bring to the product that reads them, block after
 * block, with the blocks before already pruned: {@link InputPruning}. Sources: Men et al. 2024 (ShortGPT); Muralidharan et
 * al. 2024 (Minitron, pruning followed by distillation).
 */
public final class Pruning {
  private static final long LARGEST_FILE = 5_000_000_000L;

  private final ModelFolder folder;
  private final PruningPlan plan;
  private final TokenWindows calibration;
  private final CompressionProgress progress;

  private Pruning(ModelFolder folder, PruningPlan plan, TokenWindows calibration, CompressionProgress progress) {
    this.folder = folder;
    this.plan = plan;
    this.calibration = calibration;
    this.progress = progress;
  }

  /**
   * Prunes the model folder {@code in} into the folder {@code out}, which is made if need be.
   *
   * @param calibration texts like those that the model will read
   * @throws IOException when {@code in} is not a model folder or is quantised
   * @throws IllegalArgumentException when both are the same folder, or the plan does not fit the decoder
   */
  public static PruningReport run(
      Path in, Path out, PruningPlan plan, TokenWindows calibration, CompressionProgress progress) throws IOException {
    return new Pruning(ModelFolder.of(in, out), plan, calibration, progress).run();
  }

  private PruningReport run() throws IOException {
    ObjectNode json = folder.config();
    DecoderConfig config = DecoderConfig.ofHuggingFace(json);
    plan.check(config);
    try (Decoder decoder = DecoderFolder.load(folder.in())) {
      List<Double> influence =
          plan.layers() < config.layers() ? BlockInfluence.of(decoder, calibration, progress) : List.of();
      int[] layers = influence.isEmpty()
          ? IntStream.range(0, config.layers()).toArray()
          : BlockInfluence.strongest(influence, plan.layers());
      DecoderConfig smaller = config.resized(plan.layers(), plan.kvHeads(), plan.innerUnits());
      try (Decoder shallow = shallow(decoder, layers)) {
        List<Kept> kept = narrowed(shallow);
        write(json, smaller, shallow, kept);
      }
      return new PruningReport(
          influence, Arrays.stream(layers).boxed().toList(), config.parameters(), smaller.parameters());
    }
  }

  /** The same decoder with some blocks only; it shares the tensors. */
  private static Decoder shallow(Decoder decoder, int[] layers) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    decoder.weights().named().forEach((name, tensor) -> {
      if (!name.startsWith("model.layers.")) {
        tensors.put(name, tensor);
      }
    });
    for (int i = 0; i < layers.length; i++) {
      String before = "model.layers." + layers[i] + ".";
      String after = "model.layers." + i + ".";
      decoder.weights().named().forEach((name, tensor) -> {
        if (name.startsWith(before)) {
          tensors.put(after + name.substring(before.length()), tensor);
        }
      });
    }
    DecoderConfig config = decoder.config();
    return new Decoder(config.resized(layers.length, config.kvHeads(), config.intermediateSize()),
        Weights.of(DType.F32, tensors));
  }

  /** Chooses heads and units, and sets what reads the others to 0, so that the decoder computes what the pruned one will. */
  private List<Kept> narrowed(Decoder decoder) {
    DecoderConfig config = decoder.config();
    List<Kept> kept = new ArrayList<>();
    try (CalibrationPass pass = new CalibrationPass(decoder, calibration)) {
      for (int layer = 0; layer < config.layers(); layer++) {
        progress.blocks(layer, config.layers());
        int[] groups = pruned(decoder, pass, ".self_attn.o_proj", config.heads() / config.kvHeads() * config.headDim(), plan.kvHeads());
        int[] units = pruned(decoder, pass, ".mlp.down_proj", 1, plan.innerUnits());
        kept.add(new Kept(groups, units));
        pass.pass((input, output) -> {});
      }
    }
    progress.blocks(config.layers(), config.layers());
    return kept;
  }

  /** The parts that the matrix of that name goes on reading, in the block that comes next. */
  private static int[] pruned(Decoder decoder, CalibrationPass pass, String name, int width, int count) {
    Linears.Projection matrix =
        pass.projections().stream().filter(projection -> projection.name().endsWith(name)).findFirst().orElseThrow();
    if (matrix.inputs() == (long) width * count) {
      return IntStream.range(0, count).toArray();
    }
    try (Hessians hessians = new Hessians(matrix::equals)) {
      pass.look(hessians);
      Tensor weight = decoder.weights().get(matrix.name() + ".weight");
      int[] parts = InputPruning.strongest(weight, hessians.of(matrix), width, count);
      InputPruning.refit(weight, hessians.of(matrix), InputPruning.columns(parts, width));
      return parts;
    }
  }

  private void write(ObjectNode json, DecoderConfig smaller, Decoder shallow, List<Kept> kept) throws IOException {
    json.put("num_hidden_layers", smaller.layers()).put("num_attention_heads", smaller.heads())
        .put("num_key_value_heads", smaller.kvHeads()).put("head_dim", smaller.headDim())
        .put("intermediate_size", smaller.intermediateSize());
    json.remove(List.of("layer_types", "max_window_layers")); // lists and counts of blocks, for attention that is not used
    folder.writeOthers(Json.writePretty(json) + "\n");
    DType stored;
    try (TensorSource source = TensorSource.openFolder(folder.in())) {
      stored = DType.valueOf(source.tensor("model.embed_tokens.weight").dtype().name());
    }
    try (Scope _ = Scope.open();
        NoGrad _ = NoGrad.open()) {
      Map<String, Tensor> tensors = new PrunedTensors(shallow.config(), kept)
          .cut(DecoderWeights.huggingFace(shallow.config(), shallow.weights()));
      TensorFolder.writeFolder(folder.out(), tensors, stored, LARGEST_FILE);
    }
  }
}
