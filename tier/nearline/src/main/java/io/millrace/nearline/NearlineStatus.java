// SPDX-License-Identifier: Apache-2.0
package io.millrace.nearline;

import java.util.List;

/**
 * How the streaming tier is doing.
 *
 * @param pipelines in the order passages, vectors-live, vectors-backlog, those of tuned models, features
 */
public record NearlineStatus(List<Pipeline> pipelines) {

  /**
   * One pipeline.
   *
   * @param name for example {@code vectors-backlog}
   * @param state Flink's, for example {@code RUNNING} or {@code RESTARTING}
   * @param restarts after failures, since the start of the process
   * @param done records processed so far, also before the last restart
   * @param total records in its topic so far
   */
  public record Pipeline(String name, String state, long restarts, long done, long total) {
    /** Returns how many records wait. */
    public long lag() {
      return Math.max(0, total - done);
    }

    /** Returns whether it is at work. */
    public boolean running() {
      return state.equals("RUNNING");
    }
  }

  public NearlineStatus {
    pipelines = List.copyOf(pipelines);
  }

  /** Returns whether all pipelines are at work. */
  public boolean running() {
    return pipelines.stream().allMatch(Pipeline::running);
  }

  /**
   * Returns one pipeline.
   *
   * @throws IllegalArgumentException when there is none of that name
   */
  public Pipeline pipeline(String name) {
    return pipelines.stream()
        .filter(pipeline -> pipeline.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no pipeline '" + name + "' in " + pipelines));
  }
}
