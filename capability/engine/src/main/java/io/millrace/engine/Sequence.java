// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.core.generation.Generation.Finish;
import io.millrace.engine.StepModel.Row;
import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.List;

/**
 * A request while it is served: the tokens that were given and written, and of how many of them keys and values are in the
 * cache. The loop's thread alone changes it.
 */
final class Sequence {
  final TokenStream stream = new TokenStream();
  final long arrived = System.nanoTime();
  /** In the order of arrival. */
  final long number;
  /** When it was first taken on; 0 before. */
  long began;
  /** When its first and its last token were written; 0 before. */
  long firstToken;
  long lastToken;

  private final TokenRequest request;
  private final PageBook.Claim claim;
  private final Sampler sampler;
  private final Speculation speculation;
  private int[] tokens; // the prompt, then what was written
  private int size;
  private int[] drafted = new int[0];
  private int accepted; // of them
  private int planned; // tokens in the present step, drafts not counted
  private boolean over;

  /**
   * A sequence that has not begun.
   *
   * @param apart see {@link StepModel#readsApart}
   */
  Sequence(TokenRequest request, long number, Speculation speculation, boolean apart) {
    this.request = request;
    this.number = number;
    this.speculation = speculation;
    Adapter adapter = request.adapter();
    claim = new PageBook.Claim(adapter == null ? Sequence.class : adapter, apart ? request.prompt().length : Integer.MAX_VALUE);
    sampler = new Sampler(request.sampling(), request.prompt());
    tokens = request.prompt();
    size = tokens.length;
  }

  String tenant() {
    return request.tenant();
  }

  int priority() {
    return request.priority();
  }

  PageBook.Claim claim() {
    return claim;
  }

  int[] tokens() {
    return tokens;
  }

  /** How many tokens there are by now. */
  int size() {
    return size;
  }

  int promptSize() {
    return request.prompt().length;
  }

  /** Tokens that are not in the cache; at least one, of which the next one's logits come. */
  int pending() {
    return size - claim.table().size();
  }

  /** Whether all that is missing is the token that was written last. */
  boolean writing() {
    return pending() == 1;
  }

  /** Tokens that it may still write. */
  int left() {
    return promptSize() + request.maxTokens() - size;
  }

  /** Proposes what may come next; used where the next step has room for more rows. */
  int[] draft(int room) {
    drafted = request.scores() >= 0 ? new int[0]
        : speculation.propose(tokens, size, Math.min(room, left() - 1));
    return drafted;
  }

  void draftNothing() {
    drafted = new int[0];
  }

  /** Gives back what its drafts hold in memory, as it ends or waits again. */
  void releaseDrafts() {
    speculation.release();
  }

  /** Adds rows for the next {@code count} tokens and the drafts; true if logits will come. */
  boolean addRows(List<Row> rows, int count) {
    planned = count;
    accepted = 0;
    int from = claim.table().size();
    boolean last = from + count == size;
    for (int i = from; i < from + count; i++) {
      rows.add(new Row(claim.table(), tokens[i], last && i == size - 1, i < promptSize(), request.adapter()));
    }
    for (int token : drafted) {
      rows.add(new Row(claim.table(), token, true, false, request.adapter()));
    }
    return last;
  }

  /**
   * Chooses tokens from a step's logits, one for its last token and one for each draft that was right, and hands them to the
   * reader. As each is drawn just as it would be without drafts, drafts change nothing but the time.
   *
   * @param logits of the last planned token, then of each draft
   * @return tokens that the reader was given
   */
  int advance(float[][] logits, int from) {
    int base = claim.table().size() - drafted.length; // rows that are there for sure
    int before = size;
    int right = 0;
    while (choose(logits[from + right]) && right < drafted.length && drafted[right] == tokens[size - 1]) {
      right++;
    }
    accepted = right;
    claim.table().size(base + right);
    speculation.judge(drafted.length, right);
    return size - before;
  }

  /** Writes a token; false when the answer has ended with it or before it. */
  private boolean choose(float[] logits) {
    TokenMask mask = request.mask();
    float[] raw = request.scores() >= 0 ? logits.clone() : logits;
    if (mask != null) {
      mask.mask(logits, left());
    }
    int token = sampler.next(logits);
    if (request.stopTokens().contains(token)) {
      end(Finish.STOP);
      return false;
    }
    if (mask != null) {
      mask.accept(token);
    }
    if (size == tokens.length) {
      tokens = Arrays.copyOf(tokens, size + Math.min(size + 16, left()));
    }
    tokens[size++] = token;
    stream.add(token, request.scores() >= 0 ? TokenScores.of(raw, token, request.scores()) : null);
    if (mask != null && mask.over()) {
      end(Finish.STOP);
    } else if (left() == 0) {
      end(Finish.LENGTH);
    }
    return !over;
  }

  void releaseAdapter() {
    Adapter adapter = request.adapter();
    if (adapter != null) {
      adapter.release();
    }
  }

  /** How many tokens of the present step were read, drafts not counted. */
  int planned() {
    return planned;
  }

  int drafted() {
    return drafted.length;
  }

  /** How many of the drafts were right. */
  int accepted() {
    return accepted;
  }

  /** Whether it has ended; notices the deadline and the reader's wish to leave off. */
  boolean isOver() {
    if (!over && stream.isCancelled()) {
      end(Finish.CANCELLED);
    } else if (!over && request.deadline().expired()) {
      end(Finish.DEADLINE);
    }
    return over;
  }

  void fail(Throwable why) {
    if (!over) {
      over = true;
      stream.fail(why);
    }
  }

  private void end(Finish why) {
    over = true;
    stream.end(why);
  }
}
