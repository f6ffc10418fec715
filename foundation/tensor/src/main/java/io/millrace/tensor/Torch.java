// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor;

import org.bytedeco.pytorch.global.torch;

import java.util.function.Supplier;

/**
 * The process-wide switches of libtorch: threads and the seed.
 *
 * <p>Start the process with {@code OMP_WAIT_POLICY=PASSIVE} in the environment (the launcher does): OpenMP threads
 * that spin between small operations cost a two-core machine up to half of its training speed.
 */
public final class Torch {
  private Torch() {}

  /** Sets how many threads one operation may use, at least 1. */
  public static void threads(int count) {
    if (count < 1) {
      throw new IllegalArgumentException("thread count " + count + ": must be at least 1");
    }
    torch.set_num_threads(count);
  }

  /** How many threads one operation may use. */
  public static int threads() {
    return torch.get_num_threads();
  }

  /** The number format in which this processor trains and reads fastest: BF16 if it multiplies in it, else F32. */
  public static DType fastest() {
    return Processor.multipliesBf16() ? DType.BF16 : DType.F32;
  }

  /**
   * Draws random numbers with a seed. The generator is the process's, so one thread draws at a time: of several that train
   * the same model in one process each gets the same numbers.
   */
  public static <T> T seeded(long seed, Supplier<T> drawing) {
    synchronized (Torch.class) {
      seed(seed);
      return drawing.get();
    }
  }

  /** Seeds libtorch's random numbers (initial weights, dropout). */
  public static void seed(long seed) {
    torch.manual_seed(seed);
  }
}
