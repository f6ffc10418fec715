// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.encoder;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * A BERT encoder's tensors in an ONNX file that was exported from BertModel in F32.
 *
 * <p>Embeddings, norms and biases are initialisers under their own names. Matrices are anonymous and transposed: each
 * is found as the second factor of the product to which a named bias is added. Quantised files are refused.
 */
final class OnnxTensors implements EncoderTensors {
  /** BERT's constant, which the graph hides in a computation. */
  private static final double LAYER_NORM_EPS = 1e-12;

  private static final ValueLayout.OfLong INT64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final OnnxGraph graph;
  private final Map<String, OnnxGraph.Node> producers = new HashMap<>();
  private final Map<String, String> matrices = new HashMap<>(); // from "….query.weight" to the initialiser that holds its transpose
  private final EncoderConfig config;

  OnnxTensors(MemorySegment file) {
    this.graph = OnnxGraph.parse(file);
    graph.nodes().forEach(node -> node.outputs().forEach(output -> producers.put(output, node)));
    graph.nodes().stream().filter(node -> node.operator().equals("Add")).forEach(this::noteMatrix);
    this.config = readConfig();
  }

  private void noteMatrix(OnnxGraph.Node add) {
    for (int side = 0; side < 2; side++) {
      String bias = add.inputs().get(side);
      OnnxGraph.Node product = producers.get(add.inputs().get(1 - side));
      if (bias.endsWith(".bias") && product != null && product.operator().equals("MatMul")) {
        matrices.put(bias.substring(0, bias.length() - "bias".length()) + "weight", product.inputs().get(1));
      }
    }
  }

  @Override
  public EncoderConfig config() {
    return config;
  }

  @Override
  public float[] floats(String name, int... shape) {
    String matrix = matrices.get(name);
    OnnxGraph.Constant constant = constant(matrix == null ? name : matrix);
    if (constant.type() != OnnxGraph.FLOAT) {
      throw new IllegalArgumentException(
          "ONNX file: tensor " + name + " has element type " + constant.type() + ": only F32 (1) is read");
    }
    int[] found = Arrays.stream(constant.shape()).mapToInt(Math::toIntExact).toArray();
    int[] stored = matrix == null ? shape : new int[] {shape[1], shape[0]};
    if (!Arrays.equals(found, stored)) {
      throw new IllegalArgumentException("ONNX file: tensor %s: expected shape %s, found %s"
          .formatted(name, Arrays.toString(stored), Arrays.toString(found)));
    }
    float[] values = new float[Arrays.stream(shape).reduce(1, Math::multiplyExact)];
    MemorySegment.copy(constant.data(), F32, 0, values, 0, values.length);
    return matrix == null ? values : transposed(values, shape[1], shape[0]);
  }

  private static float[] transposed(float[] x, int rows, int columns) {
    float[] out = new float[x.length];
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        out[c * rows + r] = x[r * columns + c];
      }
    }
    return out;
  }

  private EncoderConfig readConfig() {
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
}
