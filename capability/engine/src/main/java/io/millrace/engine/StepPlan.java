// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.engine.StepModel.Row;
import io.millrace.engine.kernel.KvPages;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Decides which rows go into the next step, and hands its results to the sequences.
 *
 * <p>Sequences that write come first, a row each; then prompts, in order, in what room there is. When pages run out, the last
 * in the order gives its own back and is read again later. For the loop's thread.
 */
final class StepPlan {
  private static final int PAGE = KvPages.POSITIONS;

  private final PageBook book;
  private final ContinuousBatcher.Limits limits;
  private final List<Sequence> running = new ArrayList<>();
  private final List<Row> rows = new ArrayList<>();
  private final List<Sequence> stepped = new ArrayList<>(); // in the order of their rows
  private final List<Sequence> answered = new ArrayList<>(); // those of them with logits
  private final List<Sequence> preempted = new ArrayList<>();
  private int[] written = new int[0]; // by answered
  private long cached;

  StepPlan(PageBook book, ContinuousBatcher.Limits limits) {
    this.book = book;
    this.limits = limits;
  }

  List<Sequence> running() {
    return running;
  }

  List<Row> rows() {
    return rows;
  }

  /** Those that gave their places up since the last step. */
  List<Sequence> preempted() {
    return preempted;
  }

  double cacheUse() {
    return book.use();
  }

  /** Whether the first that waits can join. Makes room for one of higher priority. */
  boolean admits(FairQueue queue) {
    Sequence first = queue.first();
    if (running.size() >= limits.maxRunning()) {
      Sequence last = running.stream().max(queue.order()).orElseThrow();
      if (last.priority() >= first.priority()) {
        return false;
      }
      preempt(last);
      queue.putBack(last);
      preempted.remove(last);
    }
    int pages = first.size() / PAGE + 1 - book.known(first.claim(), first.tokens(), first.size() - 1);
    return running.isEmpty() || pages <= book.available();
  }

  /** Puts the running ones into the order in which they are served. */
  void order(FairQueue queue) {
    Comparator<Sequence> order = queue.order();
    running.sort(order);
    preempted.clear();
  }

  /** Plans a step. */
  void make() {
    rows.clear();
    stepped.clear();
    answered.clear();
    cached = 0;
    List<Sequence> writing = new ArrayList<>();
    List<Sequence> reading = new ArrayList<>();
    for (Sequence s : running) {
      if (!s.isOver()) {
        (s.writing() ? writing : reading).add(s);
      }
    }
    // As many rows as are computed together anyway, see Panels: more would make others wait.
    int drafts = writing.isEmpty() ? 0 : Math.max(0, 4 / writing.size() - 1);
    for (Sequence s : writing) {
      if (running.contains(s) && hold(s, s.size())) {
        s.draft(reading.isEmpty() ? Math.min(drafts, s.claim().table().capacity() - s.size()) : 0);
        add(s, 1);
      }
    }
    int room = writing.isEmpty() ? StepModel.MAX_ROWS : Math.min(limits.chunk(), StepModel.MAX_ROWS - rows.size());
    for (Sequence s : reading) {
      if (room > 0 && running.contains(s)) {
        room -= read(s, room);
      }
    }
  }

  /** Adds rows of a prompt, or of what a preempted sequence had written, and returns how many. */
  private int read(Sequence s, int room) {
    int found = book.match(s.claim(), s.tokens(), s.size() - 1);
    if (found > 0 && s.claim().table().size() < s.promptSize()) {
      cached += found;
      s.stream.cachedTokens(s.stream.cachedTokens() + found);
    }
    int from = s.claim().table().size();
    if (isBeingRead(s, from)) {
      return 0; // the next step finds those pages filled
    }
    int count = Math.min(s.pending(), room);
    if (count < s.pending() && from / PAGE < (from + count) / PAGE) {
      count = (from + count) / PAGE * PAGE - from; // whole pages, so that others can take them over
    }
    if (!hold(s, from + count)) {
      return 0;
    }
    s.draftNothing();
    add(s, count);
    return count;
  }

  /** Whether another sequence of this step reads the very page that this one needs next. */
  private boolean isBeingRead(Sequence s, int from) {
    if (from % PAGE != 0 || from + PAGE > s.size() - 1) {
      return false;
    }
    for (Sequence other : stepped) {
      if (other.claim().sharesWith(s.claim(), from + PAGE) && other.size() >= from + PAGE
          && Arrays.equals(other.tokens(), 0, from + PAGE, s.tokens(), 0, from + PAGE)) {
        return true;
      }
    }
    return false;
  }

  /** Gets pages for so many positions, from those at the end of the order if need be; false when it gave up its own. */
  private boolean hold(Sequence s, int positions) {
    while (!book.grow(s.claim(), positions)) {
      Sequence victim = s;
      for (Sequence other : running) { // in order; the last one that is not in this step yet
        if (!stepped.contains(other)) {
          victim = other;
        }
      }
      preempt(victim);
      if (victim == s) {
        return false;
      }
    }
    return true;
  }

  private void preempt(Sequence s) {
    release(s);
    running.remove(s);
    preempted.add(s);
  }

  private void add(Sequence s, int count) {
    stepped.add(s);
    if (s.addRows(rows, count)) {
      answered.add(s);
    }
  }

  /** Hands logits to those that wait for them, and enters the pages that are full by now. */
  void advance(float[][] logits) {
    written = new int[answered.size()];
    int at = 0;
    for (int i = 0; i < written.length; i++) {
      Sequence s = answered.get(i);
      int mine = 1 + s.drafted();
      try {
        written[i] = s.advance(logits, at);
      } catch (RuntimeException | Error e) {
        s.fail(e); // its own alone
      }
      at += mine;
    }
    stepped.forEach(s -> book.settle(s.claim(), s.tokens()));
  }

  /** Counts what the step has done. The lock is held. */
  void account(Meter meter, FairQueue queue) {
    long now = System.nanoTime();
    meter.prefixHits += cached;
    for (Sequence s : stepped) {
      int i = answered.indexOf(s);
      int wrote = i < 0 || i >= written.length ? 0 : written[i];
      boolean first = s.firstToken == 0;
      int read = s.planned() - (first ? 0 : 1); // its last row was a token that it wrote
      meter.promptTokens += read;
      meter.generatedTokens += wrote;
      meter.draftedTokens += s.drafted();
      meter.acceptedTokens += s.accepted();
      queue.serve(s.tenant(), read, wrote);
      for (int k = 0; k < wrote; k++) {
        if (s.firstToken == 0) {
          s.firstToken = now;
          meter.firstToken.add(now - s.arrived);
          meter.prefill.add(now - s.began);
        } else {
          meter.interToken.add(k == 0 ? now - s.lastToken : 0);
        }
        s.lastToken = now;
      }
    }
    rows.clear();
    stepped.clear();
  }

  /** Takes out those that have ended, and what they held. */
  List<Sequence> leave() {
    List<Sequence> over = running.stream().filter(Sequence::isOver).toList();
    over.forEach(this::release);
    running.removeAll(over);
    return over;
  }

  private void release(Sequence s) {
    book.release(s.claim());
    s.releaseDrafts();
  }
}
