// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.encoder;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * The nodes and constant tensors of an ONNX file; field numbers are those of {@code onnx.proto}.
 *
 * @param tensors initialisers by name, and constants by the name of their node's output
 * @param nodes in the file's order
 * @see <a href="https://github.com/onnx/onnx/blob/main/onnx/onnx.proto">the schema</a>
 */
record OnnxGraph(Map<String, Constant> tensors, List<Node> nodes) {
  static final int FLOAT = 1;
  static final int INT64 = 7;

  /** A constant tensor; {@code data} are its bytes, row-major and little-endian. */
  record Constant(long[] shape, int type, MemorySegment data) {}

  /** An operation. */
  record Node(String operator, List<String> inputs, List<String> outputs) {}

  static OnnxGraph parse(MemorySegment file) {
    Map<String, Constant> tensors = new HashMap<>();
    List<Node> nodes = new ArrayList<>();
    Protobuf model = new Protobuf(file);
    while (model.next()) {
      if (model.field() == 7) {
        Protobuf graph = model.message();
        while (graph.next()) {
          switch (graph.field()) {
            case 1 -> nodes.add(node(graph.message(), tensors));
            case 5 -> tensor(graph.message(), "", tensors);
            default -> {} // names, inputs, outputs
          }
        }
      }
    }
    if (nodes.isEmpty()) {
      throw new IllegalArgumentException("not an ONNX file: it holds no graph");
    }
    return new OnnxGraph(tensors, nodes);
  }

  private static Node node(Protobuf message, Map<String, Constant> tensors) {
    List<String> inputs = new ArrayList<>();
    List<String> outputs = new ArrayList<>();
    String operator = "";
    List<Protobuf> attributes = new ArrayList<>();
    while (message.next()) {
      switch (message.field()) {
        case 1 -> inputs.add(message.string());
        case 2 -> outputs.add(message.string());
        case 4 -> operator = message.string();
        case 5 -> attributes.add(message.message());
        default -> {} // name, documentation, domain
      }
    }
    if (operator.equals("Constant")) {
      for (Protobuf attribute : attributes) {
        while (attribute.next()) {
          if (attribute.field() == 5) {
            tensor(attribute.message(), outputs.getFirst(), tensors);
          }
        }
      }
    }
    return new Node(operator, inputs, outputs);
  }

  private static void tensor(Protobuf message, String nameIfNone, Map<String, Constant> tensors) {
    LongStream.Builder shape = LongStream.builder();
    int type = 0;
    String name = nameIfNone;
    MemorySegment data = MemorySegment.NULL;
    while (message.next()) {
      switch (message.field()) {
        case 1 -> LongStream.of(message.numbers()).forEach(shape::add);
        case 2 -> type = (int) message.number();
        case 4, 9 -> data = message.bytes(); // packed floats, or raw bytes
        case 8 -> name = nameIfNone.isEmpty() ? message.string() : nameIfNone;
        default -> {}
      }
    }
    tensors.put(name, new Constant(shape.build().toArray(), type, data));
  }
}
