// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.answer;

import io.millrace.core.document.Sentences;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Text as a model writes it, released sentence by sentence: a sentence goes out only after it was judged, and the
 * first one that does not pass ends the dictation. Confined to one thread.
 */
final class Dictation {

  private final Function<String, Optional<String>> judge;
  private final Consumer<String> out;
  private final StringBuilder waiting = new StringBuilder();
  private final StringBuilder released = new StringBuilder();
  private boolean stopped;

  /**
   * Begins.
   *
   * @param judge returns what may go out of a sentence, or nothing when it does not pass
   * @param out receives what may go out
   */
  Dictation(Function<String, Optional<String>> judge, Consumer<String> out) {
    this.judge = judge;
    this.out = out;
  }

  /** Takes the next piece of text. */
  void write(String piece) {
    if (stopped) {
      return;
    }
    waiting.append(piece);
    // A sentence is complete when another one has begun; a marker such as [1] still belongs to the one before it.
    List<String> sentences = Sentences.of(waiting.toString());
    if (sentences.size() > 1 && !sentences.getLast().startsWith("[")) {
      release(waiting.lastIndexOf(sentences.getLast()));
    }
  }

  /** Releases what still waits. */
  void end() {
    if (!stopped) {
      release(waiting.length());
    }
  }

  /** Returns whether a sentence did not pass. */
  boolean stopped() {
    return stopped;
  }

  /** Returns what went out. */
  String released() {
    return released.toString();
  }

  private void release(int end) {
    String text = waiting.substring(0, end);
    waiting.delete(0, end);
    if (text.isBlank()) {
      return;
    }
    Optional<String> passed = judge.apply(text);
    if (passed.isEmpty()) {
      stopped = true;
      return;
    }
    released.append(passed.get());
    out.accept(passed.get());
  }
}
