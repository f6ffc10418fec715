// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.time;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * Lets work that nobody waits for use only the processor time that is left over. Java's thread priorities do nothing on
 * Linux, where the system's "nice" value belongs to each thread: see setpriority(2), "C library/kernel differences".
 */
public final class Yielding {

  private static final Logger LOG = LoggerFactory.getLogger(Yielding.class);

  /**
   * About a tenth of a contended core. Not the lowest: the thread holds locks now and then, and takes part in the
   * virtual machine's safepoints, for both of which everybody else would wait.
   */
  public static final int A_TENTH = 10;

  /** About a quarter of a contended core, for work that must go on, if slowly. */
  public static final int A_QUARTER = 5;

  private static final int THREAD = 0;

  private Yielding() {}

  /**
   * Makes the calling thread give way to all others from now on; does nothing where the system has no such thing.
   *
   * @param nice {@link #A_TENTH} or {@link #A_QUARTER}
   */
  public static void callingThread(int nice) {
    if (!System.getProperty("os.name", "").equals("Linux")) {
      return;
    }
    Linker linker = Linker.nativeLinker();
    Optional<MemorySegment> symbol = linker.defaultLookup().find("setpriority");
    if (symbol.isEmpty()) {
      return;
    }
    try {
      int status =
          (int)
              linker
                  .downcallHandle(
                      symbol.get(),
                      FunctionDescriptor.of(
                          ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT))
                  .invokeExact(THREAD, 0, nice);
      if (status != 0) {
        LOG.debug("the thread's priority could not be lowered");
      }
    } catch (Throwable e) {
      throw new IllegalStateException("setpriority failed", e);
    }
  }
}
