// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import java.util.Arrays;
import java.util.List;

/** Collects a {@link Histogram}. Its owner's lock guards it. */
public final class Times {
  /**
   * Bounds for the time to a first token and for time in a queue: the ones of vLLM, so that its dashboards and alerts
   * fit.
   */
  public static final List<Double> FIRST = List.of(.001, .005, .01, .02, .04, .06, .08, .1, .25, .5, .75, 1., 2.5, 5., 7.5, 10.,
      20., 40., 80., 160., 640., 2560.);

  /** Bounds for the time between tokens: vLLM's, and below them some for models that are small. */
  public static final List<Double> NEXT = List.of(.0005, .001, .0025, .005, .01, .025, .05, .075, .1, .15, .2, .3, .4, .5, .75,
      1., 2.5, 5., 7.5, 10., 20., 40., 80.);

  /** Bounds for whole requests and their parts: vLLM's, and below them some for short answers. */
  public static final List<Double> WHOLE = List.of(.01, .05, .1, .3, .5, .8, 1., 1.5, 2., 2.5, 5., 10., 15., 20., 30., 40., 50.,
      60., 120., 240., 480., 960., 1920., 7680.);

  private static final double SECOND = 1e9;

  private final List<Double> bounds;
  private final double[] upper;
  private final long[] counts;
  private long count;
  private long total;
  private long most;

  /** Nothing counted yet. */
  public Times(List<Double> bounds) {
    this.bounds = bounds;
    this.upper = bounds.stream().mapToDouble(Double::doubleValue).toArray();
    this.counts = new long[upper.length];
  }

  /** Counts a time in nanoseconds. */
  public void add(long nanos) {
    int place = Arrays.binarySearch(upper, nanos / SECOND);
    int bucket = place >= 0 ? place : -place - 1;
    if (bucket < counts.length) {
      counts[bucket]++;
    }
    count++;
    total += nanos;
    most = Math.max(most, nanos);
  }

  /** Returns what was counted up to now. */
  public Histogram snapshot() {
    return new Histogram(bounds, Arrays.stream(counts).boxed().toList(), count, total / SECOND, most / SECOND);
  }
}
