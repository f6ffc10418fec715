// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.core.spi.GeneratorBusy;
import io.millrace.engine.LlamaDecoder.Row;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Serves many requests with one decoder: all running sequences advance together, so the weights are read once per step;
 * requests join and leave between steps (Yu et al., Orca, 2022). Long prompts are read in chunks beside the others'
 * tokens, so nobody waits for a whole prompt.
 *
 * <p>One thread owns the decoder and the running sequences; the lock guards the queue and the counts.
 */
public final class ContinuousBatcher implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ContinuousBatcher.class);

  /**
   * How much is taken on.
   *
   * @param maxRunning sequences that advance together
   * @param maxWaiting requests that may wait; further ones are refused at once
   */
  public record Limits(int maxRunning, int maxWaiting) {
    /** Eight at a time, thirty-two waiting. */
    public static final Limits DEFAULT = new Limits(8, 32);

    /** Checks the ranges. */
    public Limits {
      if (maxRunning < 1 || maxRunning > LlamaDecoder.MAX_ROWS) {
        throw new IllegalArgumentException(
            "maxRunning " + maxRunning + " is not from 1 to " + LlamaDecoder.MAX_ROWS);
      }
      if (maxWaiting < 0) {
        throw new IllegalArgumentException("maxWaiting " + maxWaiting + " is negative");
      }
    }
  }

  private final LlamaDecoder decoder;
  private final Limits limits;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final Deque<Sequence> waiting = new ArrayDeque<>(); // guarded by lock
  private final Meter meter = new Meter(); // guarded by lock
  private boolean closed; // guarded by lock
  private int runningCount; // guarded by lock
  private final List<Sequence> running = new ArrayList<>(); // the loop's
  private final Thread loop;

  ContinuousBatcher(LlamaDecoder decoder, Limits limits) {
    this.decoder = decoder;
    this.limits = limits;
    loop = Thread.ofPlatform().daemon().name("engine-0").start(this::loop);
  }

  /**
   * Takes on a request.
   *
   * @throws GeneratorBusy when as many wait as may
   * @throws IllegalArgumentException when prompt and answer do not fit the context, or a token is unknown
   */
  public TokenStream submit(TokenRequest request) {
    int context = decoder.config().context();
    if (request.prompt().length + (long) request.maxTokens() > context) {
      throw new IllegalArgumentException("a prompt of " + request.prompt().length + " tokens and an answer of "
          + request.maxTokens() + " do not fit the context of " + context);
    }
    for (int token : request.prompt()) {
      if (token < 0 || token >= decoder.config().vocabulary()) {
        throw new IllegalArgumentException(
            "token " + token + " is not below the vocabulary's " + decoder.config().vocabulary());
      }
    }
    Sequence sequence = new Sequence(request);
    lock.lock();
    try {
      if (closed) {
        throw new IllegalStateException("the engine is closed");
      }
      // Requests that the loop will take on before its next step do not count as waiting.
      if (waiting.size() >= limits.maxWaiting() + Math.max(0, limits.maxRunning() - runningCount)) {
        meter.refused++;
        throw new GeneratorBusy(runningCount + " requests run and " + waiting.size() + " wait; try again later",
            meter.untilAPlaceIsFree(limits.maxRunning()));
      }
      waiting.add(sequence);
      work.signal();
    } finally {
      lock.unlock();
    }
    return sequence.stream;
  }

  /** Counts and times up to now. */
  public EngineMetrics metrics() {
    lock.lock();
    try {
      return meter.snapshot(runningCount, waiting.size(), 0);
    } finally {
      lock.unlock();
    }
  }

  private void loop() {
    try {
      while (admit()) {
        step();
      }
    } catch (Throwable t) {
      LOG.error("the engine's loop ended", t);
      abandon(t);
      return;
    }
    abandon(new IllegalStateException("the engine was closed"));
  }

  /** Waits for work and lets requests join; false when it is time to end. */
  private boolean admit() throws InterruptedException {
    lock.lock();
    try {
      while (!closed && waiting.isEmpty() && running.isEmpty()) {
        work.await();
      }
      dropLate();
      while (running.size() < limits.maxRunning() && !waiting.isEmpty()) {
        running.add(waiting.remove());
      }
      runningCount = running.size();
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  private void dropLate() {
    for (Iterator<Sequence> it = waiting.iterator(); it.hasNext(); ) {
      Sequence s = it.next();
      if (s.isOver()) {
        it.remove();
        meter.finished(s);
      }
    }
  }

  private void step() {
    List<Row> rows = new ArrayList<>();
    List<Sequence> answered = new ArrayList<>();
    plan(rows, answered);
    if (!rows.isEmpty()) {
      try {
        float[][] logits = decoder.step(rows);
        for (int i = 0; i < logits.length; i++) {
          answered.get(i).advance(logits[i]);
        }
        count(rows.size(), answered);
      } catch (RuntimeException | Error e) {
        // Memory that ran out, for example, is there again when these have left; later requests may well succeed.
        LOG.warn("a step of {} sequences failed", running.size(), e);
        running.forEach(s -> s.fail(e));
      }
    }
    leave();
  }

  /** First a row for every sequence that is answering, then as much of the prompts as there is room for. */
  private void plan(List<Row> rows, List<Sequence> answered) {
    for (Sequence s : running) {
      if (!s.isOver() && s.promptLeft() == 0 && add(s, rows)) {
        answered.add(s);
      }
    }
    for (Sequence s : running) {
      while (!s.isOver() && s.promptLeft() > 0 && rows.size() < LlamaDecoder.MAX_ROWS) {
        if (add(s, rows) && s.promptLeft() == 0) {
          answered.add(s);
          break;
        }
      }
    }
  }

  /** Adds a sequence's next row; one whose memory cannot be had, at its first row, fails alone. */
  private boolean add(Sequence s, List<Row> rows) {
    try {
      return rows.add(s.nextRow(decoder));
    } catch (RuntimeException | Error e) {
      LOG.warn("a sequence failed before it began", e);
      s.fail(e);
      return false;
    }
  }

  private void count(int rows, List<Sequence> answered) {
    long now = System.nanoTime();
    lock.lock();
    try {
      meter.promptTokens += rows;
      for (Sequence s : answered) {
        boolean first = s.lastToken == 0;
        meter.promptTokens -= first ? 0 : 1; // its row was the token written before
        if (s.wrote) {
          meter.generatedTokens++;
          (first ? meter.firstToken : meter.interToken).add(now - (first ? s.arrived : s.lastToken));
        }
        s.lastToken = now;
      }
    } finally {
      lock.unlock();
    }
  }

  private void leave() {
    lock.lock();
    try {
      running.removeIf(s -> {
        if (s.isOver()) {
          meter.finished(s);
        }
        return s.isOver();
      });
      runningCount = running.size();
    } finally {
      lock.unlock();
    }
  }

  private void abandon(Throwable why) {
    lock.lock();
    try {
      closed = true;
      running.forEach(s -> s.fail(why));
      waiting.forEach(s -> s.fail(why));
      running.clear();
      waiting.clear();
      runningCount = 0;
    } finally {
      lock.unlock();
    }
  }

  /** Ends the requests that run or wait with a failure, then frees the model. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      work.signal();
    } finally {
      lock.unlock();
    }
    boolean interrupted = false;
    while (loop.isAlive()) {
      try {
        loop.join(Duration.ofSeconds(1));
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    decoder.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
