// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.safetensors;

import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The JSON header of a safetensors file: where each tensor lies, relative to the end of the header. */
record Header(Map<String, Entry> entries, Map<String, String> metadata) {
  static final String METADATA = "__metadata__";

  /** As in the reference implementation: a longer header is an attack or garbage, not a model. */
  static final long MAX_LENGTH = 100_000_000;

  static final JsonMapper JSON = JsonMapper.builder()
      .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
      .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
      .build();

  record Entry(TensorSpec spec, long begin, long end) {}

  static Header parse(Path file, byte[] json, long dataLength) throws MalformedSafetensorsException {
    JsonNode root;
    try {
      root = JSON.readTree(json);
    } catch (JacksonException e) {
      throw new MalformedSafetensorsException(file + ": header is not JSON: " + e.getOriginalMessage(), e);
    }
    if (!root.isObject()) {
      throw new MalformedSafetensorsException(file + ": expected a JSON object as header, found " + root.getNodeType());
    }
    Map<String, Entry> entries = new LinkedHashMap<>();
    Map<String, String> metadata = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> e : root.properties()) {
      if (e.getKey().equals(METADATA)) {
        for (Map.Entry<String, JsonNode> m : e.getValue().properties()) {
          metadata.put(m.getKey(), m.getValue().asString());
        }
      } else {
        entries.put(e.getKey(), entry(file, e.getKey(), e.getValue(), dataLength));
      }
    }
    requireWithoutHoles(file, entries, dataLength);
    return new Header(entries, metadata);
  }

  private static Entry entry(Path file, String name, JsonNode node, long dataLength)
      throws MalformedSafetensorsException {
    String where = file + ": tensor " + name + ": ";
    String type = node.path("dtype").asString("");
    DType dtype;
    try {
      dtype = DType.valueOf(type);
    } catch (IllegalArgumentException e) {
      throw new MalformedSafetensorsException(where + "expected a dtype among "
          + List.of(DType.values()) + ", found '" + type + "'", e);
    }
    long[] shape = longs(where + "shape", node.path("shape"));
    long[] offsets = longs(where + "data_offsets", node.path("data_offsets"));
    if (offsets.length != 2 || offsets[0] > offsets[1] || offsets[1] > dataLength) {
      throw new MalformedSafetensorsException(where + "expected data_offsets [begin, end] within 0.." + dataLength
          + ", found " + node.path("data_offsets"));
    }
    TensorSpec spec;
    try {
      spec = new TensorSpec(name, dtype, shape);
    } catch (IllegalArgumentException e) {
      throw new MalformedSafetensorsException(file + ": " + e.getMessage(), e);
    }
    if (spec.byteSize() != offsets[1] - offsets[0]) {
      throw new MalformedSafetensorsException(where + "expected " + spec.byteSize() + " bytes for " + dtype
          + node.path("shape") + ", found " + (offsets[1] - offsets[0]));
    }
    return new Entry(spec, offsets[0], offsets[1]);
  }

  private static long[] longs(String where, JsonNode node) throws MalformedSafetensorsException {
    if (!node.isArray()) {
      throw new MalformedSafetensorsException(where + ": expected an array of integers, found " + node);
    }
    long[] out = new long[node.size()];
    for (int i = 0; i < out.length; i++) {
      JsonNode n = node.get(i);
      if (!n.isIntegralNumber() || !n.canConvertToLong() || n.longValue() < 0) {
        throw new MalformedSafetensorsException(where + ": expected non-negative integers, found " + n);
      }
      out[i] = n.longValue();
    }
    return out;
  }

  private static void requireWithoutHoles(Path file, Map<String, Entry> entries, long dataLength)
      throws MalformedSafetensorsException {
    List<Entry> sorted = new ArrayList<>(entries.values());
    sorted.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
    long end = 0;
    for (Entry e : sorted) {
      if (e.begin() != end) {
        throw new MalformedSafetensorsException(file + ": tensor " + e.spec().name() + ": expected to begin at "
            + end + ", found " + e.begin() + (e.begin() < end ? " (overlap)" : " (hole)"));
      }
      end = e.end();
    }
    if (end != dataLength) {
      throw new MalformedSafetensorsException(file + ": expected " + end + " bytes of data, found " + dataLength);
    }
  }
}
