// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.model.safetensors.SafetensorsFile;
import io.millrace.model.safetensors.TensorSource;
import io.millrace.model.safetensors.TensorView;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Reads an adapter in the layout of PEFT: {@code adapter_config.json} and {@code adapter_model.safetensors}. */
final class AdapterFolder {
  private static final String PREFIX = "base_model.model.";

  /** A matrix of the model that may be adapted: its tensor's name, and its shape. */
  record Target(String name, int rows, int columns) {}

  /**
   * What is added to a matrix.
   *
   * @param a [rank, columns]
   * @param b [rows, rank], with the factor applied
   */
  record LowRank(int rank, float[] a, float[] b) {}

  private AdapterFolder() {}

  /**
   * Reads all matrices of an adapter, by the names of those that they change.
   *
   * @param targets matrices of the model
   * @throws IOException when a file is missing or torn, a matrix does not fit the model, or a number is not finite
   */
  static Map<String, LowRank> read(Path folder, List<Target> targets) throws IOException {
    AdapterConfig config = AdapterConfig.read(folder);
    Map<String, LowRank> pairs = new TreeMap<>();
    try (TensorSource source = SafetensorsFile.open(folder.resolve("adapter_model.safetensors"))) {
      for (Target target : targets) {
        String name = PREFIX + target.name.substring(0, target.name.length() - ".weight".length());
        TensorView a = source.find(name + ".lora_A.weight").orElse(null);
        TensorView b = source.find(name + ".lora_B.weight").orElse(null);
        if (a != null && b != null) {
          a.requireShape(config.rank(), target.columns);
          b.requireShape(target.rows, config.rank());
          pairs.put(target.name, new LowRank(config.rank(), finite(a, 1), finite(b, config.factor())));
        }
      }
      int used = 2 * pairs.size();
      if (used != source.names().size()) {
        throw new IOException(folder + ": of the adapter's " + source.names().size() + " tensors, " + used
            + " belong to matrices of this model: " + pairs.keySet() + "; the first of the adapter's is "
            + source.names().iterator().next());
      }
      return pairs;
    } catch (IllegalArgumentException e) {
      throw new IOException(folder + ": " + e.getMessage(), e);
    }
  }

  /** What is not finite would stay behind in pages of the cache that others get later. */
  private static float[] finite(TensorView view, float factor) {
    float[] values = view.toFloats();
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        throw new IllegalArgumentException("tensor " + view.name() + ": element " + i + " is " + values[i]);
      }
      values[i] *= factor;
    }
    return values;
  }
}
