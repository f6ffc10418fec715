// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.core.json.Json;
import io.millrace.model.checkpoint.TensorFolder;
import io.millrace.model.checkpoint.Weights;
import io.millrace.model.encoder.Encoder;
import io.millrace.model.encoder.EncoderConfig;
import io.millrace.model.encoder.EncoderText;
import io.millrace.model.encoder.EncoderWeights;
import io.millrace.model.safetensors.TensorSource;
import io.millrace.model.tokenizer.EncoderTokens;
import io.millrace.tensor.DType;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import io.millrace.tensor.Torch;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An encoder with a pooler and a linear head on the first token's state (Devlin et al. 2019, section 4.1). In files it
 * is a BertForSequenceClassification.
 */
final class SequenceClassifier implements AutoCloseable {
  private static final String POOLER = "pooler.dense.";
  private static final String HEAD = "classifier.";

  private final Encoder encoder;
  private final List<String> labels;
  private final Tensor poolerWeight;
  private final Tensor poolerBias;
  private final Tensor weight;
  private final Tensor bias;

  private SequenceClassifier(EncoderConfig config, List<String> labels, Weights weights) {
    this.encoder = new Encoder(config, weights);
    this.labels = List.copyOf(labels);
    this.poolerWeight = weights.get(POOLER + "weight");
    this.poolerBias = weights.get(POOLER + "bias");
    this.weight = weights.get(HEAD + "weight");
    this.bias = weights.get(HEAD + "bias");
  }

  /**
   * A pretrained encoder, whose weights the model takes over, with a new head. The pooler begins as the identity, so
   * that what the encoder knows reaches the head at once.
   */
  static SequenceClassifier on(Encoder pretrained, List<String> labels, long seed) {
    Weights head = Torch.seeded(seed, () -> Weights.create(DType.F32, head(pretrained.config(), labels.size())));
    try (Scope _ = Scope.open();
        NoGrad _ = NoGrad.open()) {
      head.get(POOLER + "weight").copy_(torch.eye(pretrained.config().hiddenSize()));
    }
    return new SequenceClassifier(pretrained.config(), labels, pretrained.weights().with(head));
  }

  private static Map<String, Weights.Slot> head(EncoderConfig config, int labels) {
    long width = config.hiddenSize();
    Map<String, Weights.Slot> slots = new LinkedHashMap<>();
    slots.put(POOLER + "weight", new Weights.Slot(new Weights.Start.Constant(0), width, width));
    slots.put(POOLER + "bias", new Weights.Slot(new Weights.Start.Constant(0), width));
    slots.put(HEAD + "weight", new Weights.Slot(new Weights.Start.Normal(0.02), labels, width));
    slots.put(HEAD + "bias", new Weights.Slot(new Weights.Start.Constant(0), labels));
    return slots;
  }

  SequenceClassifier as(DType dtype) {
    return new SequenceClassifier(encoder.config(), labels, encoder.weights().as(dtype));
  }

  /** Lets pooler, head and the encoder's layers from {@code firstLayer} on learn; -1 for its embeddings too. */
  void train(int firstLayer) {
    weights().train(name -> name.startsWith(POOLER) || name.startsWith(HEAD)
        || EncoderWeights.layerOf(name) >= firstLayer);
  }

  /** Scores of the labels, [rows, labels], in F32 or F64. */
  Tensor scores(TextBatch batch) {
    Tensor pooled = torch.linear(batch.firstStates(encoder), poolerWeight, poolerBias).tanh();
    return SequenceBatch.exact(torch.linear(pooled, weight, bias));
  }

  /** Scores of many sequences, without gradients: one row a sequence. */
  double[][] read(List<EncoderText> sequences) {
    double[][] scores = new double[sequences.size()][];
    for (List<Integer> group : TextBatch.groups(sequences)) {
      try (Scope _ = Scope.open();
          NoGrad _ = NoGrad.open()) {
        double[] flat = Tensors.doubles(
            scores(TextBatch.of(group.stream().map(sequences::get).toList(), config().padId())));
        for (int row = 0; row < group.size(); row++) {
          scores[group.get(row)] = Arrays.copyOfRange(flat, row * labels.size(), (row + 1) * labels.size());
        }
      }
    }
    return scores;
  }

  void save(byte[] tokenizerJson, Path folder) throws IOException {
    Files.createDirectories(folder);
    ObjectNode config = (ObjectNode) Json.tree(
        config().toHuggingFace("BertForSequenceClassification").getBytes(StandardCharsets.UTF_8));
    ObjectNode names = config.putObject("id2label");
    ObjectNode numbers = config.putObject("label2id");
    for (int i = 0; i < labels.size(); i++) {
      names.put(Integer.toString(i), labels.get(i));
      numbers.put(labels.get(i), i);
    }
    Files.writeString(folder.resolve("config.json"), Json.writePretty(config) + "\n");
    Files.write(folder.resolve(EncoderTokens.FILE), tokenizerJson);
    try (Scope _ = Scope.open()) {
      TensorFolder.write(folder.resolve(TensorSource.FILE), named(config(), weights()), DType.F32);
    }
  }

  /** Reads a folder, also one that transformers wrote. */
  static SequenceClassifier load(Path folder) throws IOException {
    JsonNode json = Json.tree(Files.readAllBytes(folder.resolve("config.json")));
    EncoderConfig config = EncoderConfig.ofHuggingFace(json);
    List<String> labels = new ArrayList<>();
    for (int i = 0; json.path("id2label").has(Integer.toString(i)); i++) {
      labels.add(json.path("id2label").path(Integer.toString(i)).asString());
    }
    if (labels.isEmpty()) {
      throw new IllegalArgumentException(
          folder + " is no classifier: its config.json names no labels (id2label); make one with 'millrace train classifier'");
    }
    Map<String, Weights.Slot> slots = EncoderWeights.slots(config);
    slots.putAll(head(config, labels.size()));
    Weights weights = Weights.create(DType.F32, slots);
    try (Scope _ = Scope.open();
        TensorSource source = TensorSource.openFolder(folder)) {
      TensorFolder.read(source, named(config, weights));
      return new SequenceClassifier(config, labels, weights);
    } catch (Throwable t) {
      weights.close();
      throw t;
    }
  }

  private static Map<String, Tensor> named(EncoderConfig config, Weights weights) {
    Map<String, Tensor> named = new LinkedHashMap<>();
    EncoderWeights.huggingFace(config, weights)
        .forEach((name, tensor) -> named.put(name.startsWith(HEAD) ? name : "bert." + name, tensor));
    return named;
  }

  EncoderConfig config() {
    return encoder.config();
  }

  List<String> labels() {
    return labels;
  }

  Weights weights() {
    return encoder.weights();
  }

  @Override
  public void close() {
    encoder.close();
  }
}
