// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.event;

import io.millrace.core.log.EventLogUnavailable;
import io.millrace.core.log.Position;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waiting until the log has what was appended. */
public final class Acknowledgement {

  private Acknowledgement() {}

  /**
   * Waits for all of them.
   *
   * @throws EventLogUnavailable when the log refused one or did not answer in time
   */
  public static void await(List<CompletableFuture<Position>> sent, Duration patience) {
    try {
      CompletableFuture.allOf(sent.toArray(CompletableFuture[]::new)).get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new EventLogUnavailable("the event log did not acknowledge within " + patience.toMillis() + " ms", e);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw cause instanceof EventLogUnavailable unavailable
          ? unavailable
          : new EventLogUnavailable("the event log refused a record: " + cause.getMessage(), cause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EventLogUnavailable("interrupted while waiting for the event log", e);
    }
  }
}
