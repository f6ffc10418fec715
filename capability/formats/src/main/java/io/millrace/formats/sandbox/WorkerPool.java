// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.sandbox;

import io.millrace.core.spi.FileFormats.Place;
import io.millrace.core.spi.FileFormats.Reading;
import io.millrace.formats.draft.FormatLimits;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Semaphore;

/**
 * Workers that are started when they are needed and used again. One that fails is replaced; a file whose worker died without having
 * asked for too much is given to another one once, since somebody else may have ended it. Safe for use by several threads.
 */
public final class WorkerPool implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(WorkerPool.class);

  /** What parsers leak is gone with their process. */
  private static final int MOST_FILES = 500;

  private final WorkerCommand command;
  private final FormatLimits limits;
  private final Semaphore places;

  /** Guarded by itself. */
  private final Deque<WorkerProcess> idle = new ArrayDeque<>();

  /** Guarded by {@link #idle}. */
  private boolean closed;

  /**
   * A pool.
   *
   * @param most workers at a time
   */
  public WorkerPool(WorkerCommand command, FormatLimits limits, int most) {
    this.command = command;
    this.limits = limits;
    this.places = new Semaphore(most, true);
  }

  /**
   * Has a file read, waiting for a worker where all are busy.
   *
   * @throws WorkerFailure when it cannot be read
   * @throws CancellationException when this thread is interrupted
   */
  public Reading read(Path file, Place place) throws WorkerFailure {
    try {
      places.acquire();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("waiting for a process to read files was interrupted");
    }
    try {
      try {
        return once(file, place);
      } catch (WorkerFailure e) {
        LOG.info("{}: {}", place.name(), e.getMessage());
        if (!e.again()) {
          throw e;
        }
        return once(file, place);
      }
    } finally {
      places.release();
    }
  }

  private Reading once(Path file, Place place) throws WorkerFailure {
    WorkerProcess worker = take();
    Reading reading = worker.read(file, place);
    give(worker);
    return reading;
  }

  private WorkerProcess take() throws WorkerFailure {
    while (true) {
      WorkerProcess worker;
      synchronized (idle) {
        if (closed) {
          throw new CancellationException("the formats are closed");
        }
        worker = idle.pollFirst();
      }
      if (worker == null) {
        return WorkerProcess.start(command, limits);
      }
      if (worker.alive()) {
        return worker;
      }
      worker.kill();
    }
  }

  private void give(WorkerProcess worker) {
    synchronized (idle) {
      if (!closed && worker.served() < MOST_FILES) {
        idle.addFirst(worker);
        return;
      }
    }
    worker.kill();
  }

  /** Ends the workers that are idle, and the others as soon as they are. */
  @Override
  public void close() {
    Deque<WorkerProcess> ended;
    synchronized (idle) {
      closed = true;
      ended = new ArrayDeque<>(idle);
      idle.clear();
    }
    ended.forEach(WorkerProcess::kill);
  }
}
