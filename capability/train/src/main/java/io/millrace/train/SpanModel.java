// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.core.json.Json;
import io.millrace.model.checkpoint.TensorFolder;
import io.millrace.model.checkpoint.Weights;
import io.millrace.model.encoder.Encoder;
import io.millrace.model.encoder.EncoderConfig;
import io.millrace.model.encoder.EncoderWeights;
import io.millrace.model.safetensors.TensorSource;
import io.millrace.tensor.DType;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Torch;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An encoder with a head that scores each token as the beginning and as the end of the answer
 * (Devlin et al. 2019, section 4.3); [CLS] stands for "no answer". In files it is a BertForQuestionAnswering.
 */
final class SpanModel implements AutoCloseable {
  static final String HEAD = "qa_outputs.";

  private final Encoder encoder;
  private final Tensor weight;
  private final Tensor bias;

  private SpanModel(EncoderConfig config, Weights weights) {
    this.encoder = new Encoder(config, weights);
    this.weight = weights.get(HEAD + "weight");
    this.bias = weights.get(HEAD + "bias");
  }

  /** A pretrained encoder, whose weights the model takes over, with a new head. */
  static SpanModel on(Encoder pretrained, long seed) {
    Weights head = Torch.seeded(seed, () -> Weights.create(DType.F32, head(pretrained.config())));
    return new SpanModel(pretrained.config(), pretrained.weights().with(head));
  }

  private static Map<String, Weights.Slot> head(EncoderConfig config) {
    Map<String, Weights.Slot> slots = new LinkedHashMap<>();
    slots.put(HEAD + "weight", new Weights.Slot(new Weights.Start.Normal(0.02), 2, config.hiddenSize()));
    slots.put(HEAD + "bias", new Weights.Slot(new Weights.Start.Constant(0), 2));
    return slots;
  }

  SpanModel as(DType dtype) {
    return new SpanModel(encoder.config(), encoder.weights().as(dtype));
  }

  /** Scores of beginning and end: [rows, length, 2], F32 or F64. */
  Tensor scores(SpanBatch batch) {
    Tensor hidden = encoder.hidden(batch.tokenTensor(), batch.segmentTensor(), batch.lengthTensor());
    return SequenceBatch.exact(torch.linear(hidden, weight, bias)).add(batch.forbiddenTensor());
  }

  /** Mean cross-entropy of beginnings and ends, given as indices into each row. */
  Tensor loss(SpanBatch batch, Tensor starts, Tensor ends) {
    Tensor scores = scores(batch);
    Tensor start = torch.cross_entropy_loss(scores.select(2, 0), starts);
    Tensor end = torch.cross_entropy_loss(scores.select(2, 1), ends);
    return start.add(end).div(new org.bytedeco.pytorch.Scalar(2.0));
  }

  void save(Path folder, DType dtype) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("config.json"), encoder.config().toHuggingFace("BertForQuestionAnswering"));
    try (Scope _ = Scope.open()) {
      TensorFolder.write(folder.resolve(TensorSource.FILE), named(encoder.config(), encoder.weights()), dtype);
    }
  }

  static SpanModel load(Path folder) throws IOException {
    EncoderConfig config = EncoderConfig.ofHuggingFace(Json.tree(Files.readAllBytes(folder.resolve("config.json"))));
    Map<String, Weights.Slot> slots = EncoderWeights.slots(config);
    slots.putAll(head(config));
    Weights weights = Weights.create(DType.F32, slots);
    try (Scope _ = Scope.open();
        TensorSource source = TensorSource.openFolder(folder)) {
      TensorFolder.read(source, named(config, weights));
      return new SpanModel(config, weights);
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

  Weights weights() {
    return encoder.weights();
  }

  @Override
  public void close() {
    encoder.close();
  }
}
