// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import java.util.Map;
import java.util.function.Supplier;

/**
 * States of the nearline jobs by name, as far as this process knows; empty when they run elsewhere. Asking may take as
 * long as the event log takes to answer.
 */
public interface NearlineStates extends Supplier<Map<String, NearlineStates.Job>> {

  /**
   * A job.
   *
   * @param state Flink's, for example {@code RUNNING}
   * @param done records that it has processed
   * @param total records of its topic
   */
  record Job(String state, long done, long total) {
    /** Returns whether it is at work. */
    public boolean running() {
      return state.equals("RUNNING");
    }
  }
}
