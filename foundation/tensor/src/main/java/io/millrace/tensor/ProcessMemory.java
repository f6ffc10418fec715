// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor;

import org.bytedeco.javacpp.Pointer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;

/** How much memory the process holds, native memory included. */
public final class ProcessMemory {
  private static final Path STATUS = Path.of("/proc/self/status");

  private ProcessMemory() {}

  /** Bytes resident now. */
  public static long resident() {
    return Files.isReadable(STATUS) ? field("VmRSS:") : Pointer.physicalBytes();
  }

  /** The most bytes that were ever resident (Linux); elsewhere those resident now. */
  public static long peak() {
    return Files.isReadable(STATUS) ? field("VmHWM:") : Pointer.physicalBytes();
  }

  /** Gives memory that was freed back to the system, where the C library keeps it otherwise (glibc); costs milliseconds. */
  public static void trim() {
    Linker linker = Linker.nativeLinker();
    linker.defaultLookup().find("malloc_trim").ifPresent(address -> {
      MethodHandle trim =
          linker.downcallHandle(address, FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG));
      try {
        int released = (int) trim.invokeExact(0L);
        assert released >= 0;
      } catch (Throwable e) {
        throw new IllegalStateException("malloc_trim failed", e);
      }
    });
  }

  /** See proc(5): "VmRSS:   123456 kB". */
  private static long field(String name) {
    try {
      for (String line : Files.readAllLines(STATUS)) {
        if (line.startsWith(name)) {
          return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
        }
      }
      throw new IllegalStateException(STATUS + " has no line " + name);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + STATUS, e);
    }
  }
}
