// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

/**
 * A form that texts can be held to, compiled for a vocabulary; made by {@link Forms}. Immutable and safe for use by
 * several threads; each sequence has a {@link FormState} of it.
 */
public final class OutputForm {
  /** Of so many nodes it is worth knowing first which can lead on. */
  private static final int MANY = 32;

  private final Rule root;
  private final Vocabulary vocabulary;
  private final Readings start;

  OutputForm(Rule root, Vocabulary vocabulary) {
    this.root = root;
    this.vocabulary = vocabulary;
    start = Readings.start(root);
  }

  /** Tokens of the shortest text that the engine would write; a request with fewer cannot be served. */
  public int shortest() {
    return root.cost(0);
  }

  /**
   * The beginning of a text.
   *
   * @param tokens so many may be written
   * @throws IllegalArgumentException when these are not enough for any text of the form
   */
  public FormState start(int tokens) {
    if (tokens < shortest()) {
      throw new IllegalArgumentException("max tokens " + tokens
          + " is not enough: the shortest answer of the required form takes "
          + shortest() + " tokens");
    }
    return new FormState(this, start, false);
  }

  Vocabulary vocabulary() {
    return vocabulary;
  }

  /**
   * The tokens that may follow, those that end the text aside.
   *
   * @param tokens so many may be written, these included
   */
  Mask mask(Readings readings, int tokens) {
    Mask usual = vocabulary.memory().mask(readings, () -> find(readings, Rule.NEVER));
    return usual.worst() < tokens ? usual : find(readings, tokens);
  }

  private Mask find(Readings readings, int tokens) {
    int limit = (readings.tooDeep() ? Math.min(tokens, readings.cost()) : tokens) - 1;
    TokenTrie trie = vocabulary.trie();
    Mask.Builder mask = new Mask.Builder(vocabulary.size(), limit);
    Walk walk = new Walk(trie, mask);
    for (Position position : readings.expanded()) {
      Rule rule = position.rule();
      Frame frame = position.frame();
      if (!rule.reads(position.state())) {
        continue;
      }
      Reach reach = rule.reach(position.state(), vocabulary.memory(), trie);
      for (Reach.Group group : reach.groups()) {
        int cost = rule.cost(position.state(), group);
        if (cost < Rule.NEVER) {
          mask.add(group.tokens(), cost + frame.cost());
        }
      }
      if (!frame.isBottom()) {
        boolean many = reach.nodes().length > MANY;
        long next = many ? Readings.firsts(new Position(frame.rule(), frame.state(), frame.below())) : -1;
        for (int i = 0; i < reach.nodes().length; i++) {
          int node = reach.nodes()[i];
          if (trie.hasChildren(node, next) && rule.leaves(position.state(), reach.rounds()[i])) {
            walk.leave(node, 0, frame);
          }
        }
      }
    }
    walk.run();
    return mask.build();
  }
}
