// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.gguf;

import io.millrace.model.file.PendingFile;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Writes a GGUF file of version 3, piece by piece and in any order, without holding it in memory; it appears under its
 * name at {@link #commit}, whole.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">the format</a>
 */
public final class GgufWriter implements AutoCloseable {
  static final int MAGIC = 0x46554747; // "GGUF"
  static final int VERSION = 3;
  static final String ALIGNMENT_KEY = "general.alignment";

  /** Every tensor begins at a multiple of this, which readers assume when the file does not say otherwise. */
  static final int ALIGNMENT = 32;

  private record Place(GgufTensor tensor, long position) {}

  private final PendingFile file;
  private final Map<String, Place> places = new LinkedHashMap<>();
  private final Map<String, Long> missing = new LinkedHashMap<>();

  private GgufWriter(PendingFile file) {
    this.file = file;
  }

  /**
   * Begins a file that will hold exactly these.
   *
   * @throws IllegalArgumentException when a name comes twice
   */
  public static GgufWriter create(Path target, Map<String, GgufValue> metadata, Collection<GgufTensor> tensors)
      throws IOException {
    GgufWriter writer = new GgufWriter(PendingFile.create(target));
    try {
      writer.layOut(metadata, tensors);
      return writer;
    } catch (Throwable t) {
      writer.close();
      throw t;
    }
  }

  static long aligned(long position, long alignment) {
    return (position + alignment - 1) / alignment * alignment;
  }

  private void layOut(Map<String, GgufValue> metadata, Collection<GgufTensor> tensors) throws IOException {
    Bytes header = new Bytes();
    header.u32(MAGIC);
    header.u32(VERSION);
    header.u64(tensors.size());
    header.u64(metadata.size());
    metadata.forEach((key, value) -> {
      header.string(key);
      header.u32(value.kind().ordinal());
      header.value(value);
    });
    long offset = 0;
    for (GgufTensor tensor : tensors) {
      if (places.put(tensor.name(), new Place(tensor, offset)) != null) {
        throw new IllegalArgumentException(file.target() + ": tensor " + tensor.name() + " is declared twice");
      }
      missing.put(tensor.name(), tensor.byteSize());
      header.entry(tensor, offset);
      offset = aligned(offset + tensor.byteSize(), ALIGNMENT);
    }
    long start = aligned(header.out.size(), ALIGNMENT);
    file.write(ByteBuffer.wrap(header.out.toByteArray()), 0);
    file.grow(start + offset); // the last tensor is padded too
    places.replaceAll((name, place) -> new Place(place.tensor, start + place.position));
  }

  /**
   * Writes a piece of a tensor's data.
   *
   * @param at where in the tensor, in bytes; pieces must not overlap
   * @throws IllegalArgumentException when the tensor was not declared or is shorter
   */
  public void put(String name, long at, MemorySegment data) throws IOException {
    Place place = places.get(name);
    if (place == null) {
      throw new IllegalArgumentException(file.target() + ": tensor " + name + " was not declared");
    }
    if (at < 0 || at + data.byteSize() > place.tensor.byteSize()) {
      throw new IllegalArgumentException("%s: tensor %s: has %d bytes, found %d from %d on"
          .formatted(file.target(), place.tensor, place.tensor.byteSize(), data.byteSize(), at));
    }
    file.write(data.asByteBuffer(), place.position + at);
    missing.merge(name, -data.byteSize(), Long::sum);
  }

  /**
   * Makes the file visible under its name, durably.
   *
   * @throws IllegalStateException when a declared tensor was not written in full
   */
  public void commit() throws IOException {
    missing.values().removeIf(bytes -> bytes == 0);
    if (!missing.isEmpty()) {
      throw new IllegalStateException(file.target() + ": bytes that were declared but not written: " + missing);
    }
    file.commit();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  /** The header's bytes as they grow, little-endian. */
  private static final class Bytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream(1 << 16);

    void u32(int value) {
      number(GgufKind.U32, value);
    }

    void u64(long value) {
      number(GgufKind.U64, value);
    }

    private void number(GgufKind kind, long bits) {
      byte[] bytes = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(bits).array();
      out.write(bytes, 0, kind.bytes());
    }

    void string(String text) {
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      u64(utf8.length);
      out.writeBytes(utf8);
    }

    void value(GgufValue value) {
      switch (value) {
        case GgufValue.Whole(GgufKind kind, long number) -> number(kind, number);
        case GgufValue.Real(GgufKind kind, double number) -> number(kind,
            kind == GgufKind.F32 ? Float.floatToIntBits((float) number) : Double.doubleToLongBits(number));
        case GgufValue.Flag(boolean flag) -> out.write(flag ? 1 : 0);
        case GgufValue.Text(String text) -> string(text);
        case GgufValue.Sequence sequence -> {
          u32(sequence.element().ordinal());
          u64(sequence.values().size());
          sequence.values().forEach(this::value);
        }
      }
    }

    void entry(GgufTensor tensor, long offset) {
      string(tensor.name());
      long[] shape = tensor.shape();
      u32(shape.length);
      for (int d = shape.length - 1; d >= 0; d--) {
        u64(shape[d]);
      }
      u32(tensor.type().id());
      u64(offset);
    }
  }
}
