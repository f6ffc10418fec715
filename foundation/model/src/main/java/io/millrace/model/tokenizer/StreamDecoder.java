// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.tokenizer;

import java.util.Arrays;

/**
 * Decodes ids one by one; characters whose bytes are not all there yet are held back.
 *
 * <p>The pieces joined are the text of all ids decoded at once. Works for every decoder: it decodes a short window of
 * ids anew and hands out what was added. For one thread.
 */
public final class StreamDecoder {
  private static final char REPLACEMENT = '\ufffd';

  private final Tokenizer tokenizer;
  private int[] window = new int[8];
  private int size;
  /** Ids at the front of the window whose text was handed out; kept since decoders may trim what comes first. */
  private int context;
  /** Characters of the window's text that were handed out. */
  private int emitted;

  StreamDecoder(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /** Takes an id and returns the text that it completes, maybe empty. */
  public String next(int id) {
    if (size == window.length) {
      window = Arrays.copyOf(window, size * 2);
    }
    window[size++] = id;
    String text = text();
    boolean incomplete = !text.isEmpty() && text.charAt(text.length() - 1) == REPLACEMENT;
    int end = incomplete ? text.length() - 1 : text.length();
    String piece = end > emitted ? text.substring(emitted, end) : "";
    emitted = Math.max(emitted, end);
    if (!incomplete && !piece.isEmpty()) {
      // What was just handed out becomes the context of what follows.
      System.arraycopy(window, context, window, 0, size - context);
      size -= context;
      context = size;
      emitted = text().length();
    }
    return piece;
  }

  /** Returns what is still held back: incomplete bytes as U+FFFD. */
  public String end() {
    String text = text();
    String rest = text.substring(Math.min(emitted, text.length()));
    emitted = text.length();
    return rest;
  }

  private String text() {
    return tokenizer.decode(Arrays.copyOf(window, size));
  }
}
