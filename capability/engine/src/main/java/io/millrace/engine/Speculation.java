// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

/**
 * Proposes tokens that a sequence may write next, so that a step checks several at once (Leviathan et al., Fast Inference
 * via Speculative Decoding, 2023). For one sequence and one thread.
 */
interface Speculation {
  /** Proposes nothing. */
  Speculation NONE = new Speculation() {
    @Override
    public int[] propose(int[] tokens, int size, int most) {
      return new int[0];
    }

    @Override
    public void judge(int proposed, int right) {}
  };

  /**
   * What may follow the first {@code size} tokens.
   *
   * @param most at most so many
   */
  int[] propose(int[] tokens, int size, int most);

  /** Says how many of the proposed tokens, from the first one on, were right. */
  void judge(int proposed, int right);

  /** Gives back the memory that it holds, as the sequence has ended or waits again; it may be asked again afterwards. */
  default void release() {}
}
