// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

/** One way to read a text so far: a rule, its state, and the rules that wait for it. */
record Position(Rule rule, int state, Frame frame) {
  /** Tokens that end the text from here. */
  int cost() {
    return Rule.add(rule.cost(state), frame.cost());
  }
}
