// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.checkpoint;

import io.millrace.core.json.Json;
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
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** Tensors to and from safetensors files, with shapes checked and number formats converted. */
public final class TensorFolder {
  /** Says to readers in Python that these tensors follow PyTorch's conventions. */
  private static final Map<String, String> METADATA = Map.of("format", "pt");

  private TensorFolder() {}

  /** Writes the tensors in the given number format, atomically: the old file or the whole new one. */
  public static void write(Path file, Map<String, Tensor> tensors, DType dtype) throws IOException {
    write(file, tensors, dtype, METADATA);
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
   * Writes a model folder's tensors in files of at most {@code largest} bytes, joined by an index, or in one file if
   * they fit into it; what the folder held before is replaced.
   *
   * <p>Readers and interruptions see the old tensors or the new ones: new shards have new names, and the index, or the
   * single file, appears last.
   */
  public static void writeFolder(Path folder, Map<String, Tensor> tensors, DType dtype, long largest) throws IOException {
    Files.createDirectories(folder);
    List<Map<String, Tensor>> shards = shards(tensors, dtype, largest);
    Path index = folder.resolve(TensorSource.INDEX);
    Set<Path> kept = new HashSet<>();
    if (shards.size() == 1) {
      Path file = folder.resolve(TensorSource.FILE);
      write(file, tensors, dtype);
      kept.add(file);
      Files.deleteIfExists(index);
    } else {
      String run = Long.toString(System.nanoTime() & Long.MAX_VALUE, 36);
      Map<String, String> shardOf = new TreeMap<>();
      for (int i = 0; i < shards.size(); i++) {
        String name = "model-%s-%05d-of-%05d.safetensors".formatted(run, i + 1, shards.size());
        write(folder.resolve(name), shards.get(i), dtype);
        shards.get(i).keySet().forEach(tensor -> shardOf.put(tensor, name));
        kept.add(folder.resolve(name));
      }
      long bytes = tensors.values().stream().mapToLong(t -> t.numel() * dtype.bytes()).sum();
      AtomicFile.write(index, Json.bytes(Json.mapper().valueToTree(
          Map.of("metadata", Map.of("total_size", bytes), "weight_map", shardOf))));
    }
    deleteOthers(folder, kept);
  }

  private static List<Map<String, Tensor>> shards(Map<String, Tensor> tensors, DType dtype, long largest) {
    List<Map<String, Tensor>> shards = new ArrayList<>(List.of(new LinkedHashMap<>()));
    long size = 0;
    for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
      long bytes = entry.getValue().numel() * dtype.bytes();
      if (size + bytes > largest && !shards.getLast().isEmpty()) {
        shards.add(new LinkedHashMap<>());
        size = 0;
      }
      shards.getLast().put(entry.getKey(), entry.getValue());
      size += bytes;
    }
    return shards;
  }

  private static void deleteOthers(Path folder, Set<Path> kept) throws IOException {
    try (DirectoryStream<Path> old = Files.newDirectoryStream(folder, "model*.safetensors")) {
      for (Path file : old) {
        if (!kept.contains(file)) {
          Files.delete(file);
        }
      }
    }
  }

  /**
   * Fills {@code targets} from the tensors of the same name.
   *
   * @return the names in the source that no target asked for
   * @throws IllegalArgumentException naming file, tensor, what was expected and what was found, if one is missing or
   *     does not fit in shape or number format
   */
  public static SortedSet<String> read(TensorSource source, Map<String, Tensor> targets) {
    SortedSet<String> unused = new TreeSet<>(source.names());
    try (NoGrad _ = NoGrad.open()) {
      for (Map.Entry<String, Tensor> entry : targets.entrySet()) {
        try (Scope _ = Scope.open()) {
          TensorView view = view(source, entry.getKey(), entry.getValue());
          entry.getValue().copy_(Tensors.filled(view.data(), format(source, view, entry.getValue()), view.shape()));
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

  /** Converts between fractions, or between whole numbers, but never guesses what the one means as the other. */
  private static DType format(TensorSource source, TensorView view, Tensor target) {
    DType wanted = DType.of(target);
    String found = view.dtype().name();
    boolean known = Arrays.stream(DType.values()).anyMatch(dtype -> dtype.name().equals(found));
    if (!known || DType.valueOf(found).floating() != wanted.floating()) {
      throw new IllegalArgumentException("%s: tensor %s: expected %s or a format that converts to it, found %s"
          .formatted(source.path(), view.name(), wanted, found));
    }
    return DType.valueOf(found);
  }

  private static io.millrace.model.safetensors.DType stored(DType dtype) {
    return io.millrace.model.safetensors.DType.valueOf(dtype.name());
  }
}
