// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import java.util.Arrays;

/**
 * A sequence of tokens, of which some are to be learnt: those that the model should say itself.
 *
 * @param tokens the whole sequence, as it will be seen when served
 * @param learnt for each token whether it is to be predicted; the first one never is, since nothing stands before it
 * @param document what it was made from, by which a person finds it again; may be empty
 */
public record Example(int[] tokens, boolean[] learnt, String document) {
  /** An example that nobody will have to find again. */
  public Example(int[] tokens, boolean[] learnt) {
    this(tokens, learnt, "");
  }

  /** Checks that something is to be learnt. */
  public Example {
    if (tokens.length != learnt.length) {
      throw new IllegalArgumentException(tokens.length + " tokens, but " + learnt.length + " marks of what is learnt");
    }
    if (count(learnt) == 0) {
      throw new IllegalArgumentException(
          "example of " + tokens.length + " tokens: at least one after the first must be learnt");
    }
  }

  /**
   * A prompt and the answer that should follow it.
   *
   * @param prompt at least one token; begins as it will when served
   * @param answer at least one token; its last one should be the token at which serving stops
   */
  public static Example of(int[] prompt, int[] answer) {
    if (prompt.length == 0 || answer.length == 0) {
      throw new IllegalArgumentException(
          "example of " + prompt.length + " prompt and " + answer.length + " answer tokens: both need at least one");
    }
    int[] tokens = Arrays.copyOf(prompt, prompt.length + answer.length);
    System.arraycopy(answer, 0, tokens, prompt.length, answer.length);
    boolean[] learnt = new boolean[tokens.length];
    Arrays.fill(learnt, prompt.length, tokens.length, true);
    return new Example(tokens, learnt);
  }

  /** The same with a name by which a person finds it again. */
  public Example named(String name) {
    return new Example(tokens, learnt, name);
  }

  private static int count(boolean[] learnt) {
    int count = 0;
    for (int i = 1; i < learnt.length; i++) {
      count += learnt[i] ? 1 : 0;
    }
    return count;
  }

  /** How many tokens it has. */
  public int length() {
    return tokens.length;
  }

  /** How many of them are learnt. */
  public int learntTokens() {
    return count(learnt);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Example that && Arrays.equals(tokens, that.tokens) && Arrays.equals(learnt, that.learnt);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(tokens);
  }

  @Override
  public String toString() {
    return "Example of " + length() + " tokens, " + learntTokens() + " learnt";
  }
}
