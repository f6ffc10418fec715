// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.safetensors;

import io.millrace.model.file.PendingFile;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Writes a safetensors file tensor by tensor, in any order, without holding it in memory.
 *
 * <p>The bytes go to a temporary file beside the target; {@link #commit} flushes it to the disk and renames it
 * atomically, so readers see the old file or the whole new one. Closing without commit leaves nothing behind.
 */
public final class SafetensorsWriter implements AutoCloseable {
  /** Data begin at a multiple of this, so that mapped tensors are aligned for vector loads. */
  private static final int ALIGNMENT = 64;

  private static final int CHUNK = 1 << 24;

  private final PendingFile file;
  private final Map<String, TensorSpec> specs = new HashMap<>();
  private final Map<String, Long> positions = new HashMap<>();
  private final Set<String> missing = new HashSet<>();

  private SafetensorsWriter(PendingFile file) {
    this.file = file;
  }

  /**
   * Begins a file that will hold exactly these tensors.
   *
   * @throws IllegalArgumentException when a name comes twice
   */
  public static SafetensorsWriter create(Path file, Collection<TensorSpec> tensors, Map<String, String> metadata)
      throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter(PendingFile.create(file));
    try {
      writer.layOut(tensors, metadata);
      return writer;
    } catch (Throwable t) {
      writer.close();
      throw t;
    }
  }

  /** Writes all the tensors at once. */
  public static void write(Path file, Collection<TensorView> tensors, Map<String, String> metadata)
      throws IOException {
    try (SafetensorsWriter writer = create(file, tensors.stream().map(TensorView::spec).toList(), metadata)) {
      for (TensorView t : tensors) {
        writer.put(t.name(), t.data());
      }
      writer.commit();
    }
  }

  private void layOut(Collection<TensorSpec> tensors, Map<String, String> metadata) throws IOException {
    List<TensorSpec> ordered = new ArrayList<>(tensors);
    // Wide elements first: then each tensor begins at a multiple of its element's size.
    ordered.sort(Comparator.comparingInt((TensorSpec t) -> -t.dtype().bytes()));
    ObjectNode root = Header.JSON.createObjectNode();
    if (!metadata.isEmpty()) {
      ObjectNode m = root.putObject(Header.METADATA);
      metadata.forEach(m::put);
    }
    long offset = 0;
    for (TensorSpec t : ordered) {
      if (specs.put(t.name(), t) != null) {
        throw new IllegalArgumentException(file.target() + ": tensor " + t.name() + " is declared twice");
      }
      ObjectNode node = root.putObject(t.name());
      node.put("dtype", t.dtype().name());
      ArrayNode shape = node.putArray("shape");
      for (long d : t.shape()) {
        shape.add(d);
      }
      node.putArray("data_offsets").add(offset).add(offset + t.byteSize());
      positions.put(t.name(), offset);
      missing.add(t.name());
      offset += t.byteSize();
    }
    byte[] json = Header.JSON.writeValueAsBytes(root);
    int start = (Long.BYTES + json.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    ByteBuffer header = ByteBuffer.allocate(start).order(ByteOrder.LITTLE_ENDIAN);
    header.putLong(start - Long.BYTES).put(json);
    while (header.hasRemaining()) {
      header.put((byte) ' ');
    }
    file.write(header.flip(), 0);
    positions.replaceAll((name, position) -> position + start);
  }

  /**
   * Writes one tensor's data, row-major and little-endian.
   *
   * @throws IllegalArgumentException when the tensor was not declared or has another size
   */
  public void put(String name, MemorySegment data) throws IOException {
    TensorSpec spec = specs.get(name);
    if (spec == null) {
      throw new IllegalArgumentException(file.target() + ": tensor " + name + " was not declared");
    }
    if (data.byteSize() != spec.byteSize()) {
      throw new IllegalArgumentException(file.target() + ": tensor " + spec + ": expected " + spec.byteSize()
          + " bytes, found " + data.byteSize());
    }
    long position = positions.getOrDefault(name, 0L);
    for (long done = 0; done < data.byteSize(); done += CHUNK) {
      ByteBuffer chunk = bytes(data.asSlice(done, Math.min(CHUNK, data.byteSize() - done)));
      file.write(chunk, position + done);
    }
    missing.remove(name);
  }

  private static ByteBuffer bytes(MemorySegment data) {
    if (data.isNative() || data.heapBase().orElse(null) instanceof byte[]) {
      return data.asByteBuffer();
    }
    // Arrays of floats or ints have no byte buffer view.
    byte[] copy = new byte[(int) data.byteSize()];
    MemorySegment.ofArray(copy).copyFrom(data);
    return ByteBuffer.wrap(copy);
  }

  /**
   * Makes the file visible under its name, durably.
   *
   * @throws IllegalStateException when a declared tensor was not written
   */
  public void commit() throws IOException {
    if (!missing.isEmpty()) {
      throw new IllegalStateException(file.target() + ": declared but never written: " + missing);
    }
    file.commit();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
