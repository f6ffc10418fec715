// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.engine;

import com.sun.management.OperatingSystemMXBean;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;

/**
 * What other processes take of the processors while nobody of the match computes. Figures of a busy machine are not
 * wrong by the same factor for everybody: threads that spin for each other lose far more than threads that share work.
 */
final class Bystanders {
  private static final long WATCH_MILLIS = 500;

  private final List<Double> shares = new ArrayList<>();

  /**
   * Watches for half a second.
   *
   * @return their share of all processors, from 0 to 1
   */
  double watch() throws InterruptedException {
    if (!(ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system)) {
      return 0;
    }
    system.getCpuLoad(); // it tells what was since it was asked before
    Thread.sleep(WATCH_MILLIS);
    double share = system.getCpuLoad();
    shares.add(Double.isFinite(share) ? share : 0);
    return shares.getLast();
  }

  /** The most that was ever seen. */
  double most() {
    return shares.stream().mapToDouble(Double::doubleValue).max().orElse(0);
  }
}
