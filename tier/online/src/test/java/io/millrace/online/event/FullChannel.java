// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.event;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.concurrent.atomic.AtomicLong;

/** A file on a disk of which a test says how much is left. A write takes what fits, as real ones do; the one after it fails. */
final class FullChannel extends FileChannel {

  private final FileChannel in;
  private final AtomicLong left;

  FullChannel(FileChannel in, AtomicLong left) {
    this.in = in;
    this.left = left;
  }

  /** One write of as much as fits. */
  @FunctionalInterface
  private interface Write {
    int of(ByteBuffer source) throws IOException;
  }

  private int write(ByteBuffer source, Write write) throws IOException {
    if (!source.hasRemaining()) {
      return 0;
    }
    int fits = (int) Math.min(source.remaining(), left.get());
    if (fits == 0) {
      throw new IOException("No space left on device");
    }
    int limit = source.limit();
    source.limit(source.position() + fits);
    try {
      int written = write.of(source);
      left.addAndGet(-written);
      return written;
    } finally {
      source.limit(limit);
    }
  }

  @Override
  public int write(ByteBuffer source) throws IOException {
    return write(source, in::write);
  }

  @Override
  public int write(ByteBuffer source, long position) throws IOException {
    return write(source, some -> in.write(some, position));
  }

  @Override
  public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
    return length == 0 ? 0 : write(sources[offset]);
  }

  @Override
  public long transferFrom(ReadableByteChannel source, long position, long count) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    return in.read(target);
  }

  @Override
  public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
    return in.read(targets, offset, length);
  }

  @Override
  public int read(ByteBuffer target, long position) throws IOException {
    return in.read(target, position);
  }

  @Override
  public long position() throws IOException {
    return in.position();
  }

  @Override
  public FileChannel position(long position) throws IOException {
    in.position(position);
    return this;
  }

  @Override
  public long size() throws IOException {
    return in.size();
  }

  @Override
  public FileChannel truncate(long size) throws IOException {
    in.truncate(size);
    return this;
  }

  @Override
  public void force(boolean metaData) throws IOException {
    in.force(metaData);
  }

  @Override
  public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
    return in.transferTo(position, count, target);
  }

  @Override
  public MappedByteBuffer map(MapMode mode, long position, long size) throws IOException {
    return in.map(mode, position, size);
  }

  @Override
  public FileLock lock(long position, long size, boolean shared) throws IOException {
    return in.lock(position, size, shared);
  }

  @Override
  public FileLock tryLock(long position, long size, boolean shared) throws IOException {
    return in.tryLock(position, size, shared);
  }

  @Override
  protected void implCloseChannel() throws IOException {
    in.close();
  }
}
