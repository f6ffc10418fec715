// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.core.json.Json;
import io.millrace.model.checkpoint.TensorFolder;
import io.millrace.model.checkpoint.Weights;
import io.millrace.model.decoder.AuxiliaryLosses;
import io.millrace.model.decoder.Decoder;
import io.millrace.model.decoder.DecoderFolder;
import io.millrace.model.decoder.DecoderWeights;
import io.millrace.model.safetensors.TensorSource;
import io.millrace.tensor.DType;
import io.millrace.tensor.Device;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Says how good an answer is: a decoder with a head that reads the last token's state. In files it is a
 * LlamaForSequenceClassification with one label.
 */
public final class RewardModel implements AutoCloseable {
  /** The head's tensor in files. */
  static final String HEAD = "score.weight";

  private final Decoder decoder;
  private final Weights head;
  private final Tensor weight;

  private RewardModel(Decoder decoder, Weights head) {
    this.decoder = decoder;
    this.head = head;
    this.weight = head.get(HEAD);
  }

  /** Reads a folder that {@link RewardTraining} wrote, to compute in {@code dtype}. */
  public static RewardModel load(Path folder, DType dtype) throws IOException {
    try (Decoder stored = DecoderFolder.load(folder, Device.CPU, HEAD::equals);
        TensorSource source = TensorSource.openFolder(folder)) {
      if (!source.names().contains(HEAD)) {
        throw new IllegalArgumentException(
            folder + " is no reward model: it has no tensor " + HEAD + "; make one with 'millrace train reward'");
      }
      Weights.Slot slot = new Weights.Slot(new Weights.Start.Constant(0), 1, stored.config().hiddenSize());
      try (Weights head = Weights.create(DType.F32, Map.of(HEAD, slot));
          Scope _ = Scope.open()) {
        TensorFolder.read(source, head.named());
        return new RewardModel(stored.as(dtype), head.as(dtype));
      }
    }
  }

  /** Writes a folder. */
  static void save(Decoder decoder, Tensor head, Path folder) throws IOException {
    Files.createDirectories(folder);
    ObjectNode config = (ObjectNode) Json.tree(
        decoder.config().toHuggingFace().getBytes(StandardCharsets.UTF_8));
    config.putArray("architectures").add("LlamaForSequenceClassification");
    config.put("num_labels", 1);
    // There is no output layer in such a file, so none may be asked for.
    config.put("tie_word_embeddings", true);
    Files.writeString(folder.resolve("config.json"), Json.writePretty(config) + "\n");
    try (Scope _ = Scope.open()) {
      Map<String, Tensor> tensors =
          new LinkedHashMap<>(DecoderWeights.huggingFace(decoder.config(), decoder.weights()));
      tensors.remove("lm_head.weight");
      tensors.put(HEAD, head);
      TensorFolder.write(folder.resolve(TensorSource.FILE), tensors, DType.F32);
    }
  }

  /**
   * The rewards of whole examples; only differences between answers to one prompt mean something.
   *
   * @throws IllegalArgumentException when an example is longer than the model's context
   */
  public double[] score(List<Example> examples) {
    double[] scores = new double[examples.size()];
    for (int i = 0; i < scores.length; i++) {
      try (Scope _ = Scope.open();
          NoGrad _ = NoGrad.open()) {
        SequenceBatch batch = SequenceBatch.of(examples.subList(i, i + 1), 1);
        Tensor ends = batch.atEnds(batch.hidden(decoder, AuxiliaryLosses.none()));
        scores[i] = Tensors.doubles(torch.linear(ends, weight))[0];
      }
    }
    return scores;
  }

  @Override
  public void close() {
    head.close();
    decoder.close();
  }
}
