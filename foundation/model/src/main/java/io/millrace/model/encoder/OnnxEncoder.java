// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.encoder;

import io.millrace.model.checkpoint.Weights;
import io.millrace.tensor.DType;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Takes a BERT encoder's weights from an ONNX file that was exported from BertModel in F32.
 *
 * <p>Embeddings, norms and biases are initialisers under their own names. Matrices are anonymous and transposed: each
 * is found as the second factor of the product to which a named bias is added. Quantised files are refused.
 */
public final class OnnxEncoder {
  /** BERT's constant, which the graph hides in a computation. */
  private static final double LAYER_NORM_EPS = 1e-12;

  private static final ValueLayout.OfLong INT64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final OnnxGraph graph;
  private final Map<String, OnnxGraph.Node> producers = new HashMap<>();

  private OnnxEncoder(OnnxGraph graph) {
    this.graph = graph;
    graph.nodes().forEach(node -> node.outputs().forEach(output -> producers.put(output, node)));
  }

  /**
   * Reads the whole ONNX file into an encoder in F32.
   *
   * @throws IllegalArgumentException naming what is missing, if it is no such file
   */
  public static Encoder read(MemorySegment file) {
    return new OnnxEncoder(OnnxGraph.parse(file)).encoder();
  }

  private Encoder encoder() {
    Map<String, String> matrices = matrices();
    EncoderConfig config = config();
    Weights weights = Weights.create(DType.F32, EncoderWeights.slots(config));
    try (Scope _ = Scope.open();
        NoGrad _ = NoGrad.open()) {
      EncoderWeights.huggingFace(config, weights).forEach((name, target) -> {
        String matrix = matrices.get(name);
        Tensor values = matrix == null ? values(constant(name), name) : values(constant(matrix), name).t();
        if (!Arrays.equals(values.shape(), target.shape())) {
          throw new IllegalArgumentException("ONNX file: tensor %s: expected shape %s, found %s"
              .formatted(name, Arrays.toString(target.shape()), Arrays.toString(values.shape())));
        }
        target.copy_(values);
      });
    } catch (Throwable t) {
      weights.close();
      throw t;
    }
    return new Encoder(config, weights);
  }

  /** From "….query.weight" to the name of the anonymous initialiser that holds its transpose. */
  private Map<String, String> matrices() {
    Map<String, String> matrices = new HashMap<>();
    for (OnnxGraph.Node add : graph.nodes()) {
      if (!add.operator().equals("Add")) {
        continue;
      }
      for (int side = 0; side < 2; side++) {
        String bias = add.inputs().get(side);
        OnnxGraph.Node product = producers.get(add.inputs().get(1 - side));
        if (bias.endsWith(".bias") && product != null && product.operator().equals("MatMul")) {
          matrices.put(bias.substring(0, bias.length() - "bias".length()) + "weight", product.inputs().get(1));
        }
      }
    }
    return matrices;
  }

  private EncoderConfig config() {
    long[] words = constant(EncoderWeights.WORDS).shape();
    Set<Integer> layers = new HashSet<>();
    graph.tensors().keySet().forEach(name -> layers.add(EncoderWeights.layerOf(name)));
    layers.remove(-1);
    return new EncoderConfig(
        (int) words[0],
        (int) words[1],
        (int) constant(EncoderWeights.layer(0) + EncoderWeights.INNER + ".bias").shape()[0],
        layers.size(),
        heads(),
        (int) constant(EncoderWeights.POSITIONS).shape()[0],
        (int) constant(EncoderWeights.TYPES).shape()[0],
        LAYER_NORM_EPS,
        0);
  }

  /** The keys are reshaped to [batch, time, heads, headDim]; the third part of that shape is a constant. */
  private int heads() {
    for (OnnxGraph.Node add : graph.nodes()) {
      if (add.operator().equals("Add") && add.inputs().contains(EncoderWeights.layer(0) + "attention.self.key.bias")) {
        for (OnnxGraph.Node reshape : graph.nodes()) {
          if (reshape.operator().equals("Reshape") && reshape.inputs().getFirst().equals(add.outputs().getFirst())) {
            OnnxGraph.Node shape = producers.get(reshape.inputs().get(1));
            if (shape != null && shape.operator().equals("Concat") && shape.inputs().size() == 4) {
              return (int) constant(shape.inputs().get(2)).data().get(INT64, 0);
            }
          }
        }
      }
    }
    throw new IllegalArgumentException("ONNX file: cannot find how many attention heads it has");
  }

  private OnnxGraph.Constant constant(String name) {
    OnnxGraph.Constant constant = graph.tensors().get(name);
    if (constant == null) {
      throw new IllegalArgumentException(
          "ONNX file: no tensor " + name + ": only BertModel exported in F32 is read, not a quantised or fused graph");
    }
    return constant;
  }

  private static Tensor values(OnnxGraph.Constant constant, String name) {
    if (constant.type() != OnnxGraph.FLOAT) {
      throw new IllegalArgumentException(
          "ONNX file: tensor " + name + " has element type " + constant.type() + ": only F32 (1) is read");
    }
    return Tensors.filled(constant.data(), DType.F32, constant.shape());
  }
}
