// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.core.json.Json;
import io.millrace.model.safetensors.SafetensorsFile;
import io.millrace.model.safetensors.TensorView;
import io.millrace.tensor.DType;
import io.millrace.tensor.Device;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A complete checkpoint, in one file or in several, whose tensors are whole or lie in parts in several files.
 *
 * @param path the file or folder, for messages
 * @param position where the run stood
 * @param files of which it consists
 */
record Checkpoint(Path path, TrainingState.Position position, List<Path> files) {
  /** Key in a file's header, whose value is where in its flattened tensor each part begins, as JSON. */
  static final String OFFSETS = "millrace.offsets";

  /** A part of a flattened tensor in a file. */
  private record Part(long from, long count, MemorySegment data) {}

  /**
   * Fills the optimiser's state, whatever part of each tensor it is.
   *
   * @throws IllegalStateException naming a tensor of which something is missing
   */
  void restore(Optimiser optimiser) throws IOException {
    List<SafetensorsFile> open = new ArrayList<>();
    try {
      for (Path file : files) {
        open.add(SafetensorsFile.open(file));
      }
      Map<String, Long> offsets = optimiser.offsets();
      optimiser.state().forEach((name, tensor) -> {
        long[] whole = optimiser.wholeShape(name, tensor.shape());
        if (!Arrays.equals(whole, tensor.shape())) {
          restoreSlice(optimiser, name, whole, parts(open, name));
          return;
        }
        Long offset = offsets.get(name.substring(name.indexOf('/') + 1));
        List<Part> parts = parts(open, name);
        if (offset == null) {
          requireCount(name, parts, tensor.numel());
        }
        fill(name, tensor, offset == null ? 0 : offset, parts);
      });
    } finally {
      for (SafetensorsFile file : open) {
        file.close();
      }
    }
  }

  private void requireCount(String name, List<Part> parts, long expected) {
    long there = parts.stream().mapToLong(Part::count).sum();
    if (there != expected) {
      throw new IllegalStateException("%s: tensor %s has %d numbers, expected %d: it was written by a model of another shape"
          .formatted(path, name, there, expected));
    }
  }

  /** A slice is cut from the whole tensor, which is in memory for so long. */
  private void restoreSlice(Optimiser optimiser, String name, long[] shape, List<Part> parts) {
    requireCount(name, parts, Arrays.stream(shape).reduce(1, (a, b) -> a * b));
    try (Scope _ = Scope.open();
        NoGrad _ = NoGrad.open()) {
      Tensor whole = torch.zeros(shape, DType.F32.options());
      fill(name, whole, 0, parts);
      optimiser.take(name, whole);
    }
  }

  private List<Part> parts(List<SafetensorsFile> open, String name) {
    List<Part> parts = new ArrayList<>();
    for (SafetensorsFile file : open) {
      if (file.names().contains(name)) {
        TensorView view = file.tensor(name);
        if (view.dtype() != io.millrace.model.safetensors.DType.F32) {
          throw new IllegalStateException(file.path() + ": tensor " + name + " is " + view.dtype() + ", not F32");
        }
        long count = view.data().byteSize() / DType.F32.bytes();
        parts.add(new Part(offset(file, name), count, view.data()));
      }
    }
    return parts;
  }

  private static long offset(SafetensorsFile file, String name) {
    String json = file.metadata().getOrDefault(OFFSETS, "{}");
    return Json.tree(json.getBytes(StandardCharsets.UTF_8)).path(name.substring(name.indexOf('/') + 1)).asLong(0);
  }

  /** Copies what lies within the tensor's part of the flattened whole. */
  private void fill(String name, Tensor tensor, long offset, List<Part> parts) {
    long count = tensor.numel();
    long filled = 0;
    try (Scope _ = Scope.open();
        NoGrad _ = NoGrad.open()) {
      Tensor plain = Device.CPU.move(tensor.detach()).contiguous();
      MemorySegment target = Tensors.segment(plain);
      for (Part part : parts) {
        long from = Math.max(offset, part.from);
        long to = Math.min(offset + count, part.from + part.count);
        if (from < to) {
          long bytes = DType.F32.bytes();
          MemorySegment.copy(part.data, (from - part.from) * bytes, target, (from - offset) * bytes, (to - from) * bytes);
          filled += to - from;
        }
      }
      if (filled != count) {
        throw new IllegalStateException("%s: tensor %s: only %d of %d numbers from %d on are there"
            .formatted(path, name, filled, count, offset));
      }
      if (!tensor.is_cpu()) {
        tensor.detach().copy_(plain);
      }
    }
  }
}
