// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;

/**
 * Where one sequence stands in its form. Ask {@link #mask}, choose a token, {@link #accept} it. A state is small, and
 * {@link #fork} costs nothing, so that sequences can be preempted, branched, or taken back after speculation. For one
 * thread.
 */
public final class FormState {
  /** The forced text that is handed out at once, at most, in bytes. */
  private static final int LONGEST_FORCED = 256;

  private final OutputForm form;
  private Readings readings;
  private boolean ended;

  FormState(OutputForm form, Readings readings, boolean ended) {
    this.form = form;
    this.readings = readings;
    this.ended = ended;
  }

  /** An independent copy. */
  public FormState fork() {
    return new FormState(form, readings, ended);
  }

  /**
   * Sets the logits of all tokens that may not follow to −∞.
   *
   * @param logits at least one for each token of the vocabulary
   * @param tokens so many may still be written, the next one included; when they are only just enough to bring the text
   *     to its end, only tokens that lead there are left
   * @throws IllegalArgumentException when fewer are left than {@link #closingTokens}
   */
  public void mask(float[] logits, int tokens) {
    Vocabulary vocabulary = form.vocabulary();
    if (logits.length < vocabulary.size()) {
      throw new IllegalArgumentException(logits.length + " logits are fewer than the " + vocabulary.size() + " tokens");
    }
    float[] ends = complete() ? pick(logits, vocabulary.ends()) : new float[0];
    float[] silent = free(tokens) ? pick(logits, vocabulary.silent()) : new float[0];
    follow(tokens).mask(logits);
    put(logits, vocabulary.ends(), ends);
    put(logits, vocabulary.silent(), silent);
  }

  private TokenSet follow(int tokens) {
    if (ended) {
      return TokenSet.NONE;
    }
    if (tokens < readings.cost()) {
      throw new IllegalArgumentException(
          tokens + " tokens are left, but the text needs " + readings.cost() + " to come to its end");
    }
    return form.mask(readings, tokens).tokens();
  }

  /** Whether a token without text may follow, which leads no nearer to the end. */
  private boolean free(int tokens) {
    return !ended && tokens > readings.cost() && readings.free();
  }

  private static float[] pick(float[] logits, int[] ids) {
    float[] picked = new float[ids.length];
    for (int i = 0; i < ids.length; i++) {
      picked[i] = logits[ids[i]];
    }
    return picked;
  }

  private static void put(float[] logits, int[] ids, float[] values) {
    for (int i = 0; i < values.length; i++) {
      logits[ids[i]] = values[i];
    }
  }

  /**
   * The tokens that may follow: bit {@code id & 63} of word {@code id >> 6}.
   *
   * @param tokens as for {@link #mask}
   */
  public long[] allowed(int tokens) {
    long[] bits = new long[TokenSet.words(form.vocabulary().size())];
    follow(tokens).addTo(bits);
    if (complete()) {
      TokenSet.of(form.vocabulary().ends(), form.vocabulary().size()).addTo(bits);
    }
    if (free(tokens)) {
      TokenSet.of(form.vocabulary().silent(), form.vocabulary().size()).addTo(bits);
    }
    return bits;
  }

  /**
   * Goes on with a token.
   *
   * @throws IllegalArgumentException when it may not stand here
   */
  public void accept(int token) {
    Vocabulary vocabulary = form.vocabulary();
    if (vocabulary.isEnd(token) && complete()) {
      ended = true;
      return;
    }
    if (!ended && vocabulary.isSilent(token) && readings.free()) {
      return;
    }
    byte[] bytes = ended ? new byte[0] : vocabulary.bytes(token);
    Readings after = bytes.length > 0 ? read(bytes) : null;
    if (after == null) {
      throw new IllegalArgumentException("token " + token + " may not stand here");
    }
    readings = after;
  }

  private @Nullable Readings read(byte[] bytes) {
    Readings at = readings;
    for (int i = 0; i < bytes.length && at != null; i++) {
      at = at.step(bytes[i] & 0xff);
    }
    return at;
  }

  /** Whether the text may end here; then tokens that end texts are allowed. */
  public boolean complete() {
    return ended || readings.complete();
  }

  /** Whether nothing can follow but the end. */
  public boolean finished() {
    return ended || readings.expanded().stream().noneMatch(position -> position.rule().reads(position.state()));
  }

  /** Tokens that are needed to bring the text to its end; 0 where it may end. */
  public int closingTokens() {
    return ended ? 0 : readings.cost();
  }

  /** The bytes that must follow, whatever the model says; empty where it has a choice. */
  public byte[] forced() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Readings at = ended ? null : readings;
    while (at != null && bytes.size() < LONGEST_FORCED) {
      int b = at.onlyByte();
      if (b < 0) {
        break;
      }
      bytes.write(b);
      at = at.step(b);
    }
    return bytes.toByteArray();
  }
}
