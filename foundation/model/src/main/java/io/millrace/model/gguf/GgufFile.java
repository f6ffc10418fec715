// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.gguf;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** One memory-mapped GGUF file of version 2 or 3: metadata, and tensors of the types in {@link GgufType}. */
public final class GgufFile implements AutoCloseable {
  private record Entry(GgufTensor tensor, MemorySegment data) {}

  private final Path path;
  private final Arena arena;
  private final Map<String, GgufValue> metadata;
  private final Map<String, Entry> entries;

  private GgufFile(Path path, Arena arena, Map<String, GgufValue> metadata, Map<String, Entry> entries) {
    this.path = path;
    this.arena = arena;
    this.metadata = metadata;
    this.entries = entries;
  }

  /**
   * Maps the file and checks its header and where its tensors lie.
   *
   * @throws IllegalArgumentException naming file and fault, when it is no GGUF file, torn, or has tensors of other types
   */
  @SuppressWarnings("MustBeClosedChecker") // the file owns the arena and closes it
  public static GgufFile open(Path path) throws IOException {
    Arena arena = Arena.ofShared();
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      return read(path, arena, channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena));
    } catch (Throwable t) {
      arena.close();
      throw t;
    }
  }

  private static GgufFile read(Path path, Arena arena, MemorySegment all) {
    GgufCursor cursor = new GgufCursor(all);
    try {
      int magic = cursor.u32();
      int version = cursor.u32();
      if (magic != GgufWriter.MAGIC || version < 2 || version > GgufWriter.VERSION) {
        throw new IllegalArgumentException("not a GGUF file of version 2 or 3");
      }
      long tensors = cursor.count();
      long keys = cursor.count();
      Map<String, GgufValue> metadata = new LinkedHashMap<>();
      for (long i = 0; i < keys; i++) {
        metadata.put(cursor.string(), cursor.value(cursor.kind()));
      }
      Map<GgufTensor, Long> offsets = new LinkedHashMap<>();
      for (long i = 0; i < tensors; i++) {
        GgufTensor tensor = cursor.tensor();
        offsets.put(tensor, cursor.u64());
      }
      long alignment = metadata.get(GgufWriter.ALIGNMENT_KEY) instanceof GgufValue.Whole(GgufKind _, long value)
          ? value : GgufWriter.ALIGNMENT;
      long start = GgufWriter.aligned(cursor.position(), alignment);
      Map<String, Entry> entries = new LinkedHashMap<>();
      offsets.forEach((tensor, offset) -> {
        if (offset % alignment != 0 || offset < 0 || start + offset + tensor.byteSize() > all.byteSize()) {
          throw new IllegalArgumentException("tensor " + tensor + ": its data at " + offset
              + " are not aligned to " + alignment + " or end after the file");
        }
        entries.put(tensor.name(), new Entry(tensor, all.asSlice(start + offset, tensor.byteSize())));
      });
      return new GgufFile(path, arena, Collections.unmodifiableMap(metadata), entries);
    } catch (IndexOutOfBoundsException e) {
      throw new IllegalArgumentException(path + ": ends within its header, at byte " + cursor.position(), e);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(path + ": " + e.getMessage(), e);
    }
  }

  /** All keys and values, in the file's order. */
  public Map<String, GgufValue> metadata() {
    return metadata;
  }

  /** The entry of every tensor, by name, in the file's order. */
  public Map<String, GgufTensor> tensors() {
    Map<String, GgufTensor> tensors = new LinkedHashMap<>();
    entries.forEach((name, entry) -> tensors.put(name, entry.tensor));
    return tensors;
  }

  /** The stored bytes of a tensor, valid until this is closed. */
  public MemorySegment data(String name) {
    return entry(name).data;
  }

  /** The elements of a tensor, row-major. */
  public float[] floats(String name) {
    Entry entry = entry(name);
    return entry.tensor.type().decode(entry.data);
  }

  private Entry entry(String name) {
    Entry entry = entries.get(name);
    if (entry == null) {
      throw new IllegalArgumentException(path + ": no tensor " + name + " among " + entries.size());
    }
    return entry;
  }

  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
