// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.core.generation.Generation.Finish;
import io.millrace.engine.LlamaDecoder.Row;

import org.jspecify.annotations.Nullable;

/** A request while it is served: how much of its prompt was read, what was written. The loop's thread alone changes it. */
final class Sequence {
  final TokenStream stream = new TokenStream();
  final long arrived = System.nanoTime();
  /** When its last token was written; 0 before the first. */
  long lastToken;
  /** Whether the last step brought a token for the reader. */
  boolean wrote;

  private final TokenRequest request;
  private final int[] prompt;
  private @Nullable Sampler sampler;
  private @Nullable KvCache cache;
  private int promptRead;
  private int next;
  private int written;
  private boolean over;

  Sequence(TokenRequest request) {
    this.request = request;
    this.prompt = request.prompt();
  }

  int promptLeft() {
    return prompt.length - promptRead;
  }

  /** The row that reads the next token of the prompt, or the token written last. Memory is taken at the first. */
  Row nextRow(LlamaDecoder decoder) {
    KvCache c = cache;
    if (c == null) {
      c = decoder.newCache(prompt.length + request.maxTokens());
      cache = c;
    }
    if (promptLeft() == 0) {
      return new Row(c, next, true);
    }
    int token = prompt[promptRead++];
    return new Row(c, token, promptLeft() == 0);
  }

  /** Chooses the next token from the logits and hands it to the reader; a failure is this sequence's alone. */
  void advance(float[] logits) {
    try {
      choose(logits);
    } catch (RuntimeException | Error e) {
      wrote = false;
      fail(e);
    }
  }

  private void choose(float[] logits) {
    Sampler s = sampler;
    if (s == null) {
      s = new Sampler(request.sampling(), prompt);
      sampler = s;
    }
    next = s.next(logits);
    wrote = !request.stopTokens().contains(next);
    if (!wrote) {
      end(Finish.STOP);
      return;
    }
    written++;
    stream.add(next);
    if (written == request.maxTokens()) {
      end(Finish.LENGTH);
    }
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
