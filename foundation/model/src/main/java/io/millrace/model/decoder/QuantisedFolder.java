// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import io.millrace.core.json.Json;
import io.millrace.model.checkpoint.Weights;
import io.millrace.model.safetensors.QuantisedMatrix;
import io.millrace.model.safetensors.TensorSource;
import io.millrace.model.safetensors.TensorView;
import io.millrace.model.safetensors.WeightFormat;
import io.millrace.tensor.DType;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** A decoder whose matrices may be stored in few bits, turned into floats again: to be measured, not to be served. */
public final class QuantisedFolder {
  private QuantisedFolder() {}

  /**
   * Reads a folder in any {@link WeightFormat} into a decoder in F32 on the CPU.
   *
   * @throws IllegalArgumentException naming the tensor, if one is missing or does not fit
   */
  public static Decoder load(Path folder) throws IOException {
    JsonNode json = Json.tree(Files.readAllBytes(folder.resolve("config.json")));
    if (WeightFormat.of(json) == WeightFormat.FULL || !(json instanceof ObjectNode described)) {
      return DecoderFolder.load(folder);
    }
    WeightFormat.FULL.describe(described);
    DecoderConfig config = DecoderConfig.ofHuggingFace(described);
    Weights weights = Weights.create(DType.F32, DecoderWeights.slots(config));
    try (Scope _ = Scope.open();
        NoGrad _ = NoGrad.open();
        TensorSource source = TensorSource.openFolder(folder)) {
      for (Map.Entry<String, Tensor> entry : DecoderWeights.huggingFace(config, weights).entrySet()) {
        try (Scope _ = Scope.open()) {
          fill(source, entry.getKey(), entry.getValue());
        } catch (IllegalArgumentException e) {
          throw new IllegalArgumentException(source.path() + ": " + e.getMessage(), e);
        }
      }
      return new Decoder(config, weights);
    } catch (Throwable t) {
      weights.close();
      throw t;
    }
  }

  private static void fill(TensorSource source, String name, Tensor target) {
    Optional<QuantisedMatrix> matrix = QuantisedMatrix.find(source, name);
    if (matrix.isEmpty()) {
      TensorView view = source.tensor(name).requireShape(target.shape());
      target.copy_(Tensors.of(view.toFloats(), view.shape()));
      return;
    }
    long rows = matrix.get().rows();
    long columns = matrix.get().columns();
    if (target.dim() != 2 || target.size(0) != rows || target.size(1) != columns) {
      throw new IllegalArgumentException("tensor %s: expected shape %s, found [%d, %d]"
          .formatted(name, java.util.Arrays.toString(target.shape()), rows, columns));
    }
    target.copy_(Tensors.of(matrix.get().toFloats(), rows, columns));
  }
}
