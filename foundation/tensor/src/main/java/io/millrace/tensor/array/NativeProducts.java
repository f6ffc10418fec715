// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor.array;

import io.millrace.tensor.Processor;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

import java.io.File;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Products by the kernels that oneDNN generates for the processor at hand, as libtorch exports them
 * ({@code at::native::cpublas::brgemm}, ATen/native/CPUBlas.h), called with no tensor around the numbers.
 *
 * <p>In floats each sum takes its terms in order with one rounding each, as {@link Math#fma} does; this is checked before
 * they are used at all. From halves (BF16, summed in floats) the order is the processor's own; what is checked is that a row's
 * result does not depend on the rows beside it.
 */
final class NativeProducts {
  /** Rows at a time at most. A kernel is generated for each number of rows, so that has to be one of few: powers of two. */
  private static final int BLOCK = 64;

  /** What is checked: the usual width, and a depth beyond which sums are cut into parts. */
  private static final int STRIP = 4 * Lanes.N;

  private static final int DEPTH = 1024;

  private static final Functions FUNCTIONS = Functions.find();

  /** Whether there are products in floats, with the bits of Java's. */
  static final boolean FLOATS = FUNCTIONS.floats != null && floatsAreInOrder();

  /** Whether there are products of halves. */
  static final boolean HALVES = FLOATS && FUNCTIONS.halves != null && halvesDoNotDependOnCompany();

  private NativeProducts() {}

  /** Has this class initialised: libtorch loaded, and checked. */
  static void load() {}

  private record Functions(@Nullable MethodHandle floats, @Nullable MethodHandle halves) {
    private static final List<String> LIBRARIES = List.of("openblas/libgcc_s.so.1", "openblas/libquadmath.so.0",
        "openblas/libgfortran.so.5", "openblas/libopenblas.so.0", "pytorch/libgomp.so.1", "pytorch/libc10.so",
        "pytorch/libtorch_cpu.so"); // in the order in which they need each other

    private static final FunctionDescriptor BRGEMM = FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG,
        ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_BOOLEAN,
        ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.JAVA_BOOLEAN);

    static Functions find() {
      // Where they cannot be, the functions throw what Java cannot catch: so they are not even tried there.
      if (Boolean.getBoolean("millrace.plain") || !Processor.flags().contains("avx2") || System.getenv("ONEDNN_MAX_CPU_ISA") != null
          || System.getenv("DNNL_MAX_CPU_ISA") != null) {
        return new Functions(null, null);
      }
      try {
        if (!loadedAlone()) {
          Loader.load(torch.class);
        }
        SymbolLookup library = SymbolLookup.loaderLookup();
        return new Functions(brgemm(library, "PKfS3_Pfb"), Processor.multipliesBf16() ? brgemm(library, "PKN3c108BFloat16ES5_Pfb") : null);
      } catch (LinkageError | RuntimeException e) {
        System.getLogger(NativeProducts.class.getName()).log(Level.INFO, "libtorch does not load; products stay in Java", e);
        return new Functions(null, null);
      }
    }

    /**
     * Loads libtorch's CPU part with what it needs and without its Java classes, which takes a third of the time. False where the
     * files are not as this expects.
     */
    private static boolean loadedAlone() {
      if (Loader.class.getResource(resource(LIBRARIES.getLast(), "-gpu")) != null) {
        return false; // another libtorch, of which there must not be two
      }
      try {
        for (String file : LIBRARIES) {
          File cached = Loader.cacheResource(resource(file, ""));
          if (cached == null) {
            return false;
          }
          System.load(cached.getPath());
        }
        return true;
      } catch (IOException | UnsatisfiedLinkError e) {
        return false;
      }
    }

    private static String resource(String file, String extension) {
      return "/org/bytedeco/" + file.replaceFirst("/", "/" + Loader.getPlatform() + extension + "/");
    }

    /** The overload with these parameters after the sizes, by its name in the Itanium C++ ABI. */
    private static @Nullable MethodHandle brgemm(SymbolLookup library, String parameters) {
      // Critical: with arrays in place and no change of the thread's state; a call takes some 20 µs, and the first of a size
      // half a millisecond more, as its kernel is generated.
      return library.find("_ZN2at6native7cpublas6brgemmEllllllb" + parameters)
          .map(f -> Linker.nativeLinker().downcallHandle(f, BRGEMM, Linker.Option.critical(true))).orElse(null);
    }
  }

  /**
   * c = a · b, or c += a · b: [rows, depth] · [depth, width].
   *
   * @param aStride floats from one row of a to the next; likewise for c, and for b it is the width
   */
  static void floats(
      int rows, int width, int depth, float[] a, int aAt, int aStride, float[] b, int bAt, float[] c, int cAt, int cStride,
      boolean add) {
    MemorySegment right = part(b, bAt, depth * width);
    for (int done = 0, n; done < rows; done += n) {
      n = piece(rows - done);
      call(FUNCTIONS.floats, n, width, depth, aStride, cStride, add, part(a, aAt + done * aStride, (n - 1) * aStride + depth), right,
          part(c, cAt + done * cStride, (n - 1) * cStride + width), false);
    }
  }

  /**
   * The same with a in halves and b in pairs of halves, [depth / 2, width], the even depth in the lower half.
   *
   * @param depth even
   */
  static void halves(
      int rows, int width, int depth, short[] a, int aAt, int aStride, MemorySegment b, float[] c, int cAt, int cStride,
      boolean add) {
    for (int done = 0, n; done < rows; done += n) {
      n = piece(rows - done);
      call(FUNCTIONS.halves, n, width, depth, aStride, cStride, add,
          MemorySegment.ofArray(a).asSlice(2L * (aAt + done * aStride), 2L * ((n - 1) * aStride + depth)),
          b.asSlice(0, 2L * depth * width), part(c, cAt + done * cStride, (n - 1) * cStride + width), true);
    }
  }

  private static int piece(int rows) {
    return Math.min(BLOCK, Integer.highestOneBit(rows));
  }

  /** Just what is read or written, so that a place beyond the array is an error here and not in memory. */
  private static MemorySegment part(float[] x, int at, int count) {
    return MemorySegment.ofArray(x).asSlice(4L * at, 4L * count);
  }

  private static void call(
      @Nullable MethodHandle brgemm, int rows, int width, int depth, int aStride, int cStride, boolean add,
      MemorySegment a, MemorySegment b, MemorySegment c, boolean pairs) {
    if (brgemm == null) {
      throw new IllegalStateException("there is no such product on this machine");
    }
    try {
      brgemm.invokeExact((long) rows, (long) width, (long) depth, (long) aStride, (long) width, (long) cStride, add, a, b, c,
          pairs);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable t) {
      throw new IllegalStateException(t);
    }
  }

  private static float[] random(int count) {
    SplittableRandom random = new SplittableRandom(count);
    float[] x = new float[count];
    for (int i = 0; i < count; i++) {
      x[i] = (float) random.nextDouble(-1, 1);
    }
    return x;
  }

  private static boolean floatsAreInOrder() {
    // Few numbers: at start Java's part of it is interpreted.
    return isInOrder(1, STRIP, 96, true) && isInOrder(2, STRIP, 1024, true) && isInOrder(7, 32, 40, false)
        && isInOrder(63, STRIP, 32, false) && isInOrder(64, 32, 32, true);
  }

  private static boolean isInOrder(int rows, int width, int depth, boolean add) {
    float[] a = random(rows * depth);
    float[] b = random(depth * width);
    float[] c = random(rows * width);
    float[] expected = add ? c.clone() : new float[c.length];
    floats(rows, width, depth, a, 0, depth, b, 0, c, 0, width, add);
    PlainProduct.add(rows, width, depth, a, 0, depth, b, 0, expected, 0, width);
    return Arrays.equals(c, expected);
  }

  private static boolean halvesDoNotDependOnCompany() {
    return isTheSameAlone(160, false) && isTheSameAlone(DEPTH, true);
  }

  private static boolean isTheSameAlone(int depth, boolean add) {
    int width = STRIP;
    int stride = 2 * width;
    int rows = 2 * BLOCK - 1;
    short[] a = halves(rows * depth);
    MemorySegment b = MemorySegment.ofArray(halves(depth * width));
    float[] all = random(rows * stride);
    float[] alone = all.clone();
    halves(rows, width, depth, a, 0, depth, b, all, 0, stride, add);
    for (int r = 0; r < rows; r++) {
      halves(1, width, depth, a, r * depth, depth, b, alone, r * stride, stride, add);
    }
    return Arrays.equals(alone, all);
  }

  private static short[] halves(int count) {
    float[] floats = random(count);
    short[] halves = new short[count];
    for (int i = 0; i < count; i++) {
      halves[i] = (short) (Float.floatToRawIntBits(floats[i]) >>> 16);
    }
    return halves;
  }
}
