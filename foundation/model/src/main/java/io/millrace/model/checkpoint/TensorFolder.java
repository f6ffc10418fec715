// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.checkpoint;

import io.millrace.model.safetensors.SafetensorsWriter;
import io.millrace.model.safetensors.TensorSource;
import io.millrace.model.safetensors.TensorSpec;
import io.millrace.model.safetensors.TensorView;
import io.millrace.tensor.DType;
import io.millrace.tensor.Device;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/** Tensors to and from safetensors files, with shapes checked and number formats converted. */
public final class TensorFolder {
  private TensorFolder() {}

  /** Writes the tensors in the given number format, atomically: the old file or the whole new one. */
  public static void write(Path file, Map<String, Tensor> tensors, DType dtype) throws IOException {
    write(file, tensors, dtype, Map.of("format", "pt"));
  }

  /** As {@link #write(Path, Map, DType)}, with free-form strings in the file's header. */
  public static void write(Path file, Map<String, Tensor> tensors, DType dtype, Map<String, String> metadata)
      throws IOException {
    List<TensorSpec> specs = new ArrayList<>();
    tensors.forEach((name, tensor) -> specs.add(new TensorSpec(name, stored(dtype), tensor.shape())));
    try (SafetensorsWriter writer = SafetensorsWriter.create(file, specs, metadata)) {
      for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
        try (Scope _ = Scope.open()) {
          Tensor plain = Device.CPU.move(entry.getValue().detach()).to(dtype.torch()).contiguous();
          writer.put(entry.getKey(), Tensors.segment(plain));
        }
      }
      writer.commit();
    }
  }

  /**
   * Fills {@code targets} from the tensors of the same name.
   *
   * @return the names in the source that no target asked for
   * @throws IllegalArgumentException naming file, tensor, expected and found shape, if one is missing or does not fit
   */
  public static SortedSet<String> read(TensorSource source, Map<String, Tensor> targets) {
    SortedSet<String> unused = new TreeSet<>(source.names());
    try (NoGrad _ = NoGrad.open()) {
      for (Map.Entry<String, Tensor> entry : targets.entrySet()) {
        try (Scope _ = Scope.open()) {
          TensorView view = view(source, entry.getKey(), entry.getValue());
          entry.getValue().copy_(Tensors.filled(view.data(), DType.valueOf(view.dtype().name()), view.shape()));
        }
        unused.remove(entry.getKey());
      }
    }
    return unused;
  }

  private static TensorView view(TensorSource source, String name, Tensor target) {
    try {
      return source.tensor(name).requireShape(target.shape());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(source.path() + ": " + e.getMessage(), e);
    }
  }

  private static io.millrace.model.safetensors.DType stored(DType dtype) {
    return io.millrace.model.safetensors.DType.valueOf(dtype.name());
  }
}
