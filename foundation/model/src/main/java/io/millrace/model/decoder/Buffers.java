// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import io.millrace.tensor.DType;
import io.millrace.tensor.Scope;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * BF16 memory that one training step leaves to the next: fresh memory has to be cleared by the system page by page,
 * which costs as much as several passes over it. Owns it until closed; confined to one pass at a time.
 */
final class Buffers implements AutoCloseable {
  private final Map<String, Tensor> tensors = new HashMap<>();

  /** The tensor of that name and shape; what was in it is whatever was there before. */
  Tensor get(String name, long... shape) {
    Tensor found = tensors.get(name);
    if (found != null && Arrays.equals(found.shape(), shape)) {
      return found;
    }
    if (found != null) {
      Scope.free(found);
    }
    try (Scope _ = Scope.open()) {
      Tensor made = Scope.keep(torch.empty(shape, DType.BF16.options(), new MemoryFormatOptional()));
      tensors.put(name, made);
      return made;
    }
  }

  @Override
  public void close() {
    tensors.values().forEach(Scope::free);
    tensors.clear();
  }
}
