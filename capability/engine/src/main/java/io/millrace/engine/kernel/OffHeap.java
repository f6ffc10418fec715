// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Locale;

/**
 * Memory outside of the heap for what is read from end to end at each token. Where the system has large pages to give,
 * it is asked for them: a walk over hundreds of megabytes in pages of 4 KiB waits for page tables.
 */
public final class OffHeap {
  private static final long LARGE = 2L << 20;
  private static final boolean LINUX = System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("linux");

  private OffHeap() {}

  /** Zeroed memory that lives as long as its arena. */
  public static MemorySegment allocate(Arena arena, long bytes) {
    if (bytes >= LARGE && LINUX) {
      try {
        return Mapping.allocate(arena, bytes);
      } catch (Throwable t) {
        // A wish, not a need: ordinary memory is slower by a tenth or two.
        System.getLogger(OffHeap.class.getName()).log(System.Logger.Level.DEBUG, "no large pages: {0}", t.toString());
      }
    }
    return arena.allocate(Math.max(bytes, 1), 64);
  }

  /** Linux's calls; constants as in its include/uapi/asm-generic/mman-common.h. */
  private static final class Mapping {
    private static final int READ_AND_WRITE = 3;
    private static final int PRIVATE_ANONYMOUS = 0x22;
    private static final int MADV_HUGEPAGE = 14;
    private static final MethodHandle MMAP = handle("mmap", FunctionDescriptor.of(ValueLayout.ADDRESS,
        ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT,
        ValueLayout.JAVA_LONG));
    private static final MethodHandle MUNMAP = handle("munmap",
        FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG));
    private static final MethodHandle MADVISE = handle("madvise",
        FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT));

    private static MethodHandle handle(String name, FunctionDescriptor type) {
      Linker linker = Linker.nativeLinker();
      return linker.downcallHandle(linker.defaultLookup().find(name).orElseThrow(), type);
    }

    static MemorySegment allocate(Arena arena, long bytes) throws Throwable {
      long size = (bytes + LARGE - 1) / LARGE * LARGE + LARGE; // one more, so that it can begin at a multiple
      MemorySegment at = (MemorySegment) MMAP.invokeExact(MemorySegment.NULL, size, READ_AND_WRITE, PRIVATE_ANONYMOUS,
          -1, 0L);
      if (at.address() == -1) {
        throw new OutOfMemoryError("the system has no " + size + " bytes to give");
      }
      MemorySegment all = at.reinterpret(size, arena, Mapping::free);
      MemorySegment aligned = all.asSlice((LARGE - at.address() % LARGE) % LARGE, size - LARGE);
      int refused = (int) MADVISE.invokeExact(aligned, aligned.byteSize(), MADV_HUGEPAGE);
      if (refused != 0) {
        System.getLogger(OffHeap.class.getName()).log(System.Logger.Level.DEBUG, "no large pages");
      }
      return aligned.asSlice(0, bytes);
    }

    private static void free(MemorySegment all) {
      try {
        int failed = (int) MUNMAP.invokeExact(all, all.byteSize());
        if (failed != 0) {
          throw new IllegalStateException("munmap of " + all.byteSize() + " bytes failed");
        }
      } catch (RuntimeException | Error e) {
        throw e;
      } catch (Throwable t) {
        throw new IllegalStateException(t);
      }
    }
  }
}
