// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Ctrl-C and SIGTERM for long work: asks the work to stop and holds the process until it has, so that nothing is left
 * half done.
 */
public final class Stop implements BooleanSupplier, AutoCloseable {

  private static final long PATIENCE_SECONDS = 40;

  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch finished = new CountDownLatch(1);
  private final Thread hook;

  private Stop() {
    hook = new Thread(this::hold, "stop");
  }

  /** Begins to listen. Closing it says that the work has ended. */
  public static Stop listen() {
    Stop stop = new Stop();
    Runtime.getRuntime().addShutdownHook(stop.hook);
    return stop;
  }

  private void hold() {
    asked.countDown();
    try {
      if (!finished.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        System.err.println("Did not stop within " + PATIENCE_SECONDS + " s; ending anyway. Nothing acknowledged is lost.");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Returns whether the work was asked to stop. */
  @Override
  public boolean getAsBoolean() {
    return asked.getCount() == 0;
  }

  /** Waits until the process is asked to stop. */
  void await() throws InterruptedException {
    asked.await();
  }

  @Override
  public void close() {
    finished.countDown();
    if (!getAsBoolean()) {
      Runtime.getRuntime().removeShutdownHook(hook);
    }
  }
}
