// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * An expression as a nondeterministic automaton (Thompson, Regular Expression Search Algorithm, 1968) whose edges read
 * nothing, one byte of a range, or what a rule reads. The first state is 0.
 */
final class Nfa {
  /** An edge that reads something: bytes, or what the rule reads where there is one. */
  record Edge(int first, int last, @Nullable Rule rule, int target) {}

  /** Makes rules out of repetitions that are too large to be written out. */
  interface Loops {
    /** A rule that reads the body so many times. */
    Rule loop(Expr body, int least, int most);

    /**
     * The same, when the body calls nothing, and nothing that it reads is the beginning of something else; null when
     * not.
     */
    @Nullable Rule counted(Expr body, int least, int most);

    /** Whether a rule may read the empty text. */
    boolean mayBeEmpty(Rule rule);
  }

  /** Repetitions that take more states than these become rules. */
  private static final int LARGEST = 64;
  private static final int LARGEST_COUNTED = 256;
  private static final int LARGEST_WITHOUT_CALLS = 10_000;

  private final Effort effort;
  private final @Nullable Loops loops;
  private final List<List<Edge>> edges = new ArrayList<>();
  private int[][] silent = new int[16][];
  private int end;

  private Nfa(Effort effort, @Nullable Loops loops) {
    this.effort = effort;
    this.loops = loops;
  }

  /**
   * The automaton of an expression.
   *
   * @param loops makes rules of large repetitions; without it they are written out, whatever their size
   */
  static Nfa of(Expr expr, Effort effort, @Nullable Loops loops) {
    Nfa nfa = new Nfa(effort, loops);
    nfa.end = nfa.add(expr, nfa.state());
    return nfa;
  }

  int size() {
    return edges.size();
  }

  /** The one state in which a text may end. */
  int end() {
    return end;
  }

  List<Edge> edges(int state) {
    return edges.get(state);
  }

  /** Where one gets from a state without reading anything, directly. */
  int[] silent(int state) {
    int[] targets = silent[state];
    return targets == null ? new int[0] : targets;
  }

  private int state() {
    effort.spend(1);
    effort.states(edges.size() / 8);
    edges.add(new ArrayList<>(1));
    if (edges.size() > silent.length) {
      silent = Arrays.copyOf(silent, 2 * silent.length);
    }
    return edges.size() - 1;
  }

  private void skip(int from, int to) {
    int[] known = silent(from);
    silent[from] = Arrays.copyOf(known, known.length + 1);
    silent[from][known.length] = to;
  }

  private int read(int from, int first, int last, @Nullable Rule rule) {
    int to = state();
    edges.get(from).add(new Edge(first, last, rule, to));
    return to;
  }

  /**
   * A rule that may be empty need not be called: otherwise many of them in a row would be called one after the other.
   */
  private int call(int from, Rule rule) {
    int to = read(from, -1, -1, rule);
    if (loops != null && loops.mayBeEmpty(rule)) {
      skip(from, to);
    }
    return to;
  }

  /** Adds what the expression reads, beginning in a state; returns the state where it ends. */
  private int add(Expr expr, int from) {
    return switch (expr) {
      case Expr.Range range -> read(from, range.first(), range.last(), null);
      case Expr.Call call -> call(from, call.rule());
      case Expr.Sequence sequence -> {
        int at = from;
        for (Expr item : sequence.items()) {
          at = add(item, at);
        }
        yield at;
      }
      case Expr.Choice choice -> {
        int to = state();
        for (Expr item : choice.items()) {
          int entry = state();
          skip(from, entry);
          skip(add(item, entry), to);
        }
        yield to;
      }
      case Expr.Repeat repeat -> repeat(repeat, from);
      case Expr.Embedded embedded -> embed(embedded.automaton(), from);
      case Expr.Joined joined -> join(joined, from);
    };
  }

  private int repeat(Expr.Repeat repeat, int from) {
    int copies = Math.max(repeat.least(), repeat.most());
    if (loops != null && copies > 1 && repeat.size() > LARGEST) {
      Rule rule = repeat.size() > LARGEST_COUNTED ? loops.counted(repeat.body(), repeat.least(), repeat.most()) : null;
      if (rule == null && (repeat.body().calls() || repeat.size() > LARGEST_WITHOUT_CALLS)) {
        rule = loops.loop(repeat.body(), repeat.least(), repeat.most());
      }
      if (rule != null) {
        return call(from, rule);
      }
    }
    int at = from;
    for (int i = 0; i < repeat.least(); i++) {
      at = add(repeat.body(), at);
    }
    int to = state();
    if (repeat.most() == Expr.ANY_NUMBER) {
      int again = state();
      skip(at, again);
      skip(add(repeat.body(), again), again);
      skip(again, to);
      return to;
    }
    skip(at, to);
    for (int i = repeat.least(); i < repeat.most(); i++) {
      int entry = state();
      skip(at, entry);
      at = add(repeat.body(), entry);
      skip(at, to);
    }
    return to;
  }

  private int embed(Dfa automaton, int from) {
    int offset = size();
    for (int i = 0; i < automaton.states(); i++) {
      state();
    }
    int to = state();
    skip(from, offset);
    for (int s = 0; s < automaton.states(); s++) {
      for (int b = 0; b < 256;) {
        int first = b;
        int target = automaton.next(s, b);
        while (b < 256 && automaton.next(s, b) == target) {
          b++;
        }
        if (target >= 0) {
          edges.get(offset + s).add(new Edge(first, b - 1, null, offset + target));
        }
      }
      if (automaton.accepts(s)) {
        skip(offset + s, to);
      }
    }
    return to;
  }

  /** State (i, n) stands before part i with n parts written, or more where nobody counts on. */
  private int join(Expr.Joined joined, int from) {
    int counted = joined.counted();
    int[][] before = new int[joined.parts().size() + 1][counted + 1];
    for (int[] row : before) {
      Arrays.setAll(row, _ -> state());
    }
    skip(from, before[0][0]);
    for (int i = 0; i < joined.parts().size(); i++) {
      Expr.Part part = joined.parts().get(i);
      int[] entries = new int[counted + 1];
      for (int n = 1; n <= counted; n++) {
        entries[n] = state();
        skip(add(part.expr(), entries[n]), before[part.repeated() ? i : i + 1][n]);
      }
      for (int n = 0; n <= counted; n++) {
        if (n < counted || joined.most() == Expr.ANY_NUMBER) {
          int separated = n == 0 ? before[i][n] : add(joined.separator(), before[i][n]);
          skip(separated, entries[Math.min(n + 1, counted)]);
        }
        if (!part.required()) {
          skip(before[i][n], before[i + 1][n]);
        }
      }
    }
    int to = state();
    for (int n = joined.least(); n <= counted; n++) {
      skip(before[joined.parts().size()][n], to);
    }
    return to;
  }
}
