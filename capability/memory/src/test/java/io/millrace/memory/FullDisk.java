// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.store.FilterDirectory;
import org.apache.lucene.store.FilterIndexOutput;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexOutput;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/** A disk of which a test says how much is left. A write that does not fit leaves its beginning behind, as real ones do; one with nothing left opens no files either. */
final class FullDisk implements LuceneStore.Files {

  private final AtomicLong left = new AtomicLong(Long.MAX_VALUE);
  private final AtomicLong refused = new AtomicLong();

  void leave(long bytes) {
    left.set(bytes);
  }

  void free() {
    left.set(Long.MAX_VALUE);
  }

  /** Returns how many writes found no space. */
  long refused() {
    return refused.get();
  }

  /** Returns how many of so many bytes fit. */
  private int take(int wanted) {
    long before = left.getAndUpdate(now -> now == Long.MAX_VALUE ? now : Math.max(0, now - wanted));
    return (int) Math.min(wanted, before);
  }

  private IOException full() {
    refused.incrementAndGet();
    return new IOException("No space left on device");
  }

  @Override
  public Directory open(Path path) throws IOException {
    if (left.get() == 0) {
      throw full();
    }
    return new FilterDirectory(FSDirectory.open(path)) {
      @Override
      public IndexOutput createOutput(String name, IOContext context) throws IOException {
        return counted(in.createOutput(name, context));
      }

      @Override
      public IndexOutput createTempOutput(String prefix, String suffix, IOContext context) throws IOException {
        return counted(in.createTempOutput(prefix, suffix, context));
      }
    };
  }

  private IndexOutput counted(IndexOutput out) {
    return new FilterIndexOutput("counted " + out, out.getName(), out) {
      @Override
      public void writeByte(byte b) throws IOException {
        if (take(1) == 0) {
          throw full();
        }
        out.writeByte(b);
      }

      @Override
      public void writeBytes(byte[] bytes, int offset, int length) throws IOException {
        int fits = take(length);
        out.writeBytes(bytes, offset, fits);
        if (fits < length) {
          throw full();
        }
      }
    };
  }
}
