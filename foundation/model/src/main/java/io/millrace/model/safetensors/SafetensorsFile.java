// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.safetensors;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * One memory-mapped safetensors file, its header fully checked before any tensor is handed out.
 *
 * @see <a href="https://huggingface.co/docs/safetensors">the format</a>
 */
public final class SafetensorsFile implements TensorSource {
  private static final ValueLayout.OfLong LENGTH = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Path path;
  private final Arena arena;
  private final Map<String, TensorView> tensors;
  private final Map<String, String> metadata;

  private SafetensorsFile(Path path, Arena arena, Map<String, TensorView> tensors, Map<String, String> metadata) {
    this.path = path;
    this.arena = arena;
    this.tensors = Collections.unmodifiableMap(tensors);
    this.metadata = Map.copyOf(metadata);
  }

  /**
   * Maps the file and checks its header: length, JSON, element types, shapes, offsets without overlap or hole.
   *
   * @throws MalformedSafetensorsException when it does not follow the format
   */
  @SuppressWarnings("MustBeClosedChecker") // the file owns the arena and closes it
  public static SafetensorsFile open(Path file) throws IOException {
    Arena arena = Arena.ofShared();
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return parse(file, arena, channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena));
    } catch (Throwable t) {
      arena.close();
      throw t;
    }
  }

  private static SafetensorsFile parse(Path file, Arena arena, MemorySegment all) throws IOException {
    if (all.byteSize() < Long.BYTES) {
      throw new MalformedSafetensorsException(
          file + ": expected at least 8 bytes of header length, found a file of " + all.byteSize());
    }
    long length = all.get(LENGTH, 0);
    if (length < 2 || length > Header.MAX_LENGTH || length > all.byteSize() - Long.BYTES) {
      throw new MalformedSafetensorsException(file + ": expected a header length within 2.."
          + Math.min(Header.MAX_LENGTH, all.byteSize() - Long.BYTES) + ", found " + length);
    }
    byte[] json = all.asSlice(Long.BYTES, length).toArray(ValueLayout.JAVA_BYTE);
    MemorySegment data = all.asSlice(Long.BYTES + length);
    Header header = Header.parse(file, json, data.byteSize());
    Map<String, TensorView> tensors = new TreeMap<>();
    for (Header.Entry e : header.entries().values()) {
      TensorSpec s = e.spec();
      tensors.put(s.name(), new TensorView(s.name(), s.dtype(), s.shape(), data.asSlice(e.begin(), s.byteSize())));
    }
    return new SafetensorsFile(file, arena, tensors, header.metadata());
  }

  @Override
  public Set<String> names() {
    return tensors.keySet();
  }

  @Override
  public Optional<TensorView> find(String name) {
    return Optional.ofNullable(tensors.get(name));
  }

  @Override
  public Path path() {
    return path;
  }

  /** The header's free-form strings. */
  public Map<String, String> metadata() {
    return metadata;
  }

  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
