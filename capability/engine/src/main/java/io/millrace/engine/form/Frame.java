// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import org.jspecify.annotations.Nullable;

/** Where rules go on when those that they called end: a stack, of which this is the top. Immutable. */
final class Frame {
  /** Nothing is left to do: the text ends with the rule. */
  static final Frame END = new Frame(null, 0, null, 0, 0, 17);
  /** The bottom of a part of a stack, below which anything may be. */
  static final Frame BASE = new Frame(null, 0, null, 0, 0, 23);

  private final @Nullable Rule rule;
  private final int state;
  private final @Nullable Frame below;
  private final int cost;
  private final int depth;
  private final int hash;

  private Frame(@Nullable Rule rule, int state, @Nullable Frame below, int cost, int depth, int hash) {
    this.rule = rule;
    this.state = state;
    this.below = below;
    this.cost = cost;
    this.depth = depth;
    this.hash = hash;
  }

  /** A frame more, unless there is nothing to come back for. */
  Frame push(Rule caller, int returnState) {
    if (caller.ends(returnState)) {
      return this;
    }
    int top = 31 * System.identityHashCode(caller) + returnState;
    return new Frame(caller, returnState, this, Rule.add(cost, caller.cost(returnState)), depth + 1, 31 * hash + top);
  }

  /** Whether nothing is below. */
  boolean isBottom() {
    return rule == null;
  }

  /** The rule that goes on. */
  Rule rule() {
    if (rule == null) {
      throw new IllegalStateException("the stack of rules is empty");
    }
    return rule;
  }

  /** The state in which it goes on. */
  int state() {
    return state;
  }

  Frame below() {
    if (below == null) {
      throw new IllegalStateException("the stack of rules is empty");
    }
    return below;
  }

  /** Tokens that end all rules of the stack. */
  int cost() {
    return cost;
  }

  int depth() {
    return depth;
  }

  @Override
  @SuppressWarnings("ReferenceEquality") // rules are what they are, and shared parts of stacks need no comparison
  public boolean equals(Object other) {
    if (!(other instanceof Frame that)) {
      return false;
    }
    Frame a = this;
    Frame b = that;
    while (a != b) {
      if (a.hash != b.hash || a.depth != b.depth || a.rule != b.rule || a.state != b.state || a.below == null
          || b.below == null) {
        return false;
      }
      a = a.below;
      b = b.below;
    }
    return true;
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
