// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

/**
 * When snapshots of the memory are taken without anybody asking for them.
 *
 * @param hours between two of them; 0 for never
 * @param keep how many stay; 0 for three. Those that somebody asked for are not counted, and stay
 */
public record SnapshotPlan(int hours, int keep) {

  /** None are taken. */
  public static final SnapshotPlan NONE = new SnapshotPlan(0, 0);

  private static final int USUAL_KEEP = 3;

  public SnapshotPlan {
    if (hours < 0) {
      throw new IllegalArgumentException("snapshots: hours is " + hours + ": it must be 1 or more, or 0 for no snapshots");
    }
    if (keep < 0) {
      throw new IllegalArgumentException("snapshots: keep is " + keep + ": it must be 1 or more, or left out for " + USUAL_KEEP);
    }
    keep = keep == 0 ? USUAL_KEEP : keep;
  }
}
