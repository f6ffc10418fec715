// SPDX-License-Identifier: Apache-2.0
package io.millrace.nearline;

import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;

/**
 * The time of the log: that of the records that were read. It goes on by the wall clock when nothing has come for a
 * while, so that waiting ends on quiet days too, and not before when there is much to catch up with.
 */
final class LogClock implements WatermarkGenerator<Incoming> {

  private static final long QUIET_MILLIS = 30_000;

  private long latest = Long.MIN_VALUE;
  private long heardAt = System.currentTimeMillis();

  static WatermarkStrategy<Incoming> strategy() {
    return WatermarkStrategy.forGenerator(context -> new LogClock());
  }

  @Override
  public void onEvent(Incoming record, long timestamp, WatermarkOutput output) {
    latest = Math.max(latest, timestamp);
    heardAt = System.currentTimeMillis();
  }

  @Override
  public void onPeriodicEmit(WatermarkOutput output) {
    long now = System.currentTimeMillis();
    if (now - heardAt > QUIET_MILLIS) {
      latest = Math.max(latest, now - QUIET_MILLIS);
    }
    if (latest > Long.MIN_VALUE) {
      output.emitWatermark(new Watermark(latest - 1));
    }
  }
}
