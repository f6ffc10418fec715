// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

/** Asks the second where the first proposes nothing. */
final class FirstProposal implements Speculation {
  private final Speculation first;
  private final Speculation second;
  private Speculation last; // who proposed

  FirstProposal(Speculation first, Speculation second) {
    this.first = first;
    this.second = second;
    last = first;
  }

  @Override
  public int[] propose(int[] tokens, int size, int most) {
    last = first;
    int[] proposed = first.propose(tokens, size, most);
    if (proposed.length == 0) {
      last = second;
      proposed = second.propose(tokens, size, most);
    }
    return proposed;
  }

  @Override
  public void judge(int proposed, int right) {
    last.judge(proposed, right);
  }

  @Override
  public void release() {
    first.release();
    second.release();
  }
}
