// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.core.spi.GeneratorBusy;
import io.millrace.engine.kernel.KvPages;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Serves many requests with one decoder: all running sequences advance together, so the weights are read once per step;
 * requests join and leave between steps (Yu et al., Orca, 2022). Long prompts are read in chunks beside the others'
 * tokens, so nobody waits for a whole prompt (Agrawal et al., Sarathi, 2023).
 *
 * <p>One thread owns the decoder, the cache and the running sequences; the lock guards the queue and the counts.
 */
public final class ContinuousBatcher implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ContinuousBatcher.class);

  /**
   * How much is taken on.
   *
   * @param maxRunning sequences that advance together
   * @param maxWaiting requests that may wait; further ones are refused at once. One tenant gets three quarters at most
   * @param chunk rows of prompts that are read in a step in which others write: more is faster, fewer keep them steadier
   * @param drafts tokens that are proposed at a time where few sequences run; 0 for none
   */
  public record Limits(int maxRunning, int maxWaiting, int chunk, int drafts) {
    /** Eight at a time, thirty-two waiting. */
    public static final Limits DEFAULT = new Limits(8, 32);

    /** The usual chunks and drafts. */
    public Limits(int maxRunning, int maxWaiting) {
      this(maxRunning, maxWaiting, 128, 3);
    }

    /** Checks the ranges. */
    public Limits {
      check("maxRunning", maxRunning, 1, StepModel.MAX_ROWS / 4);
      check("maxWaiting", maxWaiting, 0, 1_000_000);
      check("chunk", chunk, 1, StepModel.MAX_ROWS);
      check("drafts", drafts, 0, 15);
    }

    private static void check(String name, int value, int least, int most) {
      if (value < least || value > most) {
        throw new IllegalArgumentException(name + " " + value + " is not from " + least + " to " + most);
      }
    }
  }

  private final StepModel decoder;
  private final @Nullable DraftModel draft;
  private final Limits limits;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final FairQueue queue = new FairQueue(); // guarded by lock
  private final Meter meter = new Meter(); // guarded by lock
  private boolean closed; // guarded by lock
  private int runningCount; // guarded by lock
  private long arrivals; // guarded by lock
  private double cacheUse; // guarded by lock
  private final StepPlan plan; // the loop's, as are the running sequences in it
  private final Thread loop;

  ContinuousBatcher(StepModel decoder, Limits limits) {
    this(decoder, null, limits);
  }

  /** Owns both models; the draft's steps are made by the loop's thread too. */
  ContinuousBatcher(StepModel decoder, @Nullable DraftModel draft, Limits limits) {
    this.decoder = decoder;
    this.draft = draft;
    this.limits = limits;
    plan = new StepPlan(new PageBook(decoder.pages()), limits);
    loop = Thread.ofPlatform().daemon().name("engine-0").start(this::loop);
  }

  /**
   * Takes on a request.
   *
   * @throws GeneratorBusy when as many wait as may
   * @throws IllegalArgumentException when prompt and answer do not fit the context, or a token is unknown
   */
  public TokenStream submit(TokenRequest request) {
    check(request);
    lock.lock();
    try {
      if (closed) {
        throw new IllegalStateException("the engine is closed");
      }
      refuseIfFull(request.tenant());
      Sequence sequence = new Sequence(request, arrivals++, speculation(), decoder.readsApart());
      if (request.adapter() != null) {
        request.adapter().retain(); // until the loop has let go of the sequence
      }
      queue.arrive(sequence);
      work.signal();
      return sequence.stream;
    } finally {
      lock.unlock();
    }
  }

  private Speculation speculation() {
    if (limits.drafts() == 0) {
      return Speculation.NONE;
    }
    Speculation lookup = new PromptLookup(limits.drafts(), decoder.cost());
    return draft == null ? lookup : new FirstProposal(lookup, draft.speculation(limits.drafts(), decoder.cost()));
  }

  private void check(TokenRequest request) {
    int context = decoder.config().context();
    long whole = request.prompt().length + (long) request.maxTokens();
    if (whole > context) {
      throw new IllegalArgumentException("a prompt of " + request.prompt().length + " tokens and an answer of "
          + request.maxTokens() + " do not fit the context of " + context);
    }
    long positions = (long) decoder.pages() * KvPages.POSITIONS;
    if (whole > positions) {
      throw new IllegalArgumentException("a prompt of " + request.prompt().length + " tokens and an answer of "
          + request.maxTokens() + " do not fit the " + positions + " positions of the key-value cache; give it more memory");
    }
    int vocabulary = decoder.config().vocabulary();
    for (int token : request.prompt()) {
      checkToken("token", token, vocabulary);
    }
    request.sampling().logitBias().keySet().forEach(token -> checkToken("logit_bias: token", token, vocabulary));
  }

  private static void checkToken(String name, int token, int vocabulary) {
    if (token < 0 || token >= vocabulary) {
      throw new IllegalArgumentException(name + " " + token + " is not below the vocabulary's " + vocabulary);
    }
  }

  private void refuseIfFull(String tenant) {
    // Requests that the loop will take on before its next step do not count as waiting.
    int places = limits.maxWaiting() + Math.max(0, limits.maxRunning() - runningCount);
    // Others find a place although one tenant asks without end.
    boolean crowding = places >= 4 && queue.waiting(tenant) >= places - places / 4;
    if (queue.size() >= places || crowding && !tenant.isEmpty()) {
      meter.refused++;
      throw new GeneratorBusy(runningCount + " requests run and " + queue.size() + " wait; try again later",
          meter.untilAPlaceIsFree(limits.maxRunning()));
    }
  }

  /** Counts and times up to now. */
  public EngineMetrics metrics() {
    lock.lock();
    try {
      return meter.snapshot(runningCount, queue.size(), cacheUse);
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
      while (!closed && queue.isEmpty() && plan.running().isEmpty()) {
        work.await();
      }
      for (Sequence late : queue.removeAll(Sequence::isOver)) {
        leave(late);
      }
      while (!queue.isEmpty() && plan.admits(queue)) {
        Sequence next = queue.first();
        queue.remove(next);
        plan.running().add(next);
        if (next.began == 0) {
          next.began = System.nanoTime();
          meter.queue.add(next.began - next.arrived);
          meter.prefixQueries += next.promptSize();
        }
      }
      plan.order(queue);
      runningCount = plan.running().size();
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  private void step() {
    try {
      plan.make();
      if (!plan.rows().isEmpty()) {
        float[][] logits = decoder.step(plan.rows());
        plan.advance(logits);
      }
    } catch (RuntimeException | Error e) {
      // Memory that ran out, for example, is there again when these have left; later requests may well succeed.
      LOG.warn("a step of {} sequences failed", plan.running().size(), e);
      plan.running().forEach(s -> s.fail(e));
    }
    account();
  }

  private void account() {
    lock.lock();
    try {
      for (Sequence s : plan.preempted()) {
        meter.preemptions++;
        queue.putBack(s);
      }
      plan.account(meter, queue);
      for (Sequence s : plan.leave()) {
        leave(s);
      }
      runningCount = plan.running().size();
      cacheUse = plan.cacheUse();
    } finally {
      lock.unlock();
    }
  }

  private void leave(Sequence s) {
    queue.leave(s);
    s.releaseAdapter();
    meter.finished(s);
    if (s.firstToken > 0) {
      meter.decode.add(s.lastToken - s.firstToken);
    }
  }

  private void abandon(Throwable why) {
    lock.lock();
    try {
      closed = true;
      List<Sequence> all = new ArrayList<>(plan.running());
      all.addAll(queue.removeAll(s -> true));
      for (Sequence s : all) {
        s.fail(why);
        s.releaseDrafts();
        s.releaseAdapter();
      }
      plan.running().clear();
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
    if (draft != null) {
      draft.close(); // first, as it computes with the decoder's threads
    }
    decoder.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
