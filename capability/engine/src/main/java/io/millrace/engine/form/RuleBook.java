// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;

/**
 * The rules of a form while it is compiled; the front ends write them down, {@link #compile} makes automata of them.
 */
final class RuleBook implements Nfa.Loops {
  /** When so many rounds may be missing, it is worth knowing how many a token can write. */
  private static final int MANY = 4;

  /** States of a round that is counted. */
  private static final int LARGEST_ROUND = 500;

  private record Definition(Machine machine, Expr expr) {}

  private final Vocabulary vocabulary;
  private final Effort effort = new Effort();
  private final Queue<Definition> open = new ArrayDeque<>();
  private final Map<Machine, Dfa> automata = new LinkedHashMap<>();
  private final List<Loop> loops = new ArrayList<>();
  private final Set<Rule> empty = new HashSet<>();
  private final Map<Expr, @Nullable Cycle> cycles = new HashMap<>();

  RuleBook(Vocabulary vocabulary) {
    this.vocabulary = vocabulary;
  }

  Effort effort() {
    return effort;
  }

  Vocabulary vocabulary() {
    return vocabulary;
  }

  /** A rule that can be called from now on, and is defined later. */
  Machine declare(String name) {
    return new Machine(name, false);
  }

  void define(Machine machine, Expr expr) {
    open.add(new Definition(machine, expr));
  }

  /** A rule. */
  Machine rule(String name, Expr expr) {
    Machine machine = declare(name);
    define(machine, expr);
    return machine;
  }

  @Override
  public Rule loop(Expr body, int least, int most) {
    Loop loop = new Loop(rule("a repetition", body), least, most);
    loops.add(loop);
    if (body.mayBeEmpty(this::mayBeEmpty)) {
      empty.add(loop.body());
    }
    return loop;
  }

  @Override
  public boolean mayBeEmpty(Rule rule) {
    return rule.cost(0) == 0 || empty.contains(rule);
  }

  /** Finds the rules that may read the empty text, before any has costs. */
  private void findEmpty() {
    int before = -1;
    while (before < empty.size()) {
      before = empty.size();
      open.stream().filter(definition -> definition.expr.mayBeEmpty(this::mayBeEmpty))
          .forEach(one -> empty.add(one.machine));
    }
  }

  @Override
  public @Nullable Rule counted(Expr body, int least, int most) {
    if (body.calls() || body.size() > LARGEST_ROUND) {
      return null;
    }
    Cycle cycle = cycles.computeIfAbsent(body, this::cycle);
    if (cycle == null) {
      return null;
    }
    if (least > MANY) {
      cycle.measure(vocabulary);
    }
    return new Counted(cycle, least, most);
  }

  private @Nullable Cycle cycle(Expr body) {
    Dfa round = Dfa.of(body, effort);
    for (int s = 0; s < round.states(); s++) {
      for (int b = 0; b < 256; b++) {
        if (round.accepts(s) && round.next(s, b) >= 0) {
          return null;
        }
      }
    }
    return round.accepts(0) || round.isEmpty() ? null
        : new Cycle(Dfa.of(Expr.star(new Expr.Embedded(round)), effort), false, vocabulary);
  }

  /**
   * Binds all rules.
   *
   * @throws IllegalArgumentException naming the rule, when one is too large, or calls itself before it reads anything
   */
  void compile() {
    findEmpty();
    while (!open.isEmpty()) {
      Definition next = open.poll();
      try {
        automata.put(next.machine, Subsets.of(Nfa.of(next.expr, effort, this), effort));
      } catch (Effort.TooLarge e) {
        throw new IllegalArgumentException(next.machine + " is too large a form: " + e.getMessage(), e);
      }
    }
    Costs.bind(automata, vocabulary);
    for (Loop loop : loops) {
      if (loop.body().cost(0) == 0) {
        throw new IllegalArgumentException("what is repeated in " + loop
            + " may be empty; write a smaller number, or something that is not empty");
      }
    }
    Set<Machine> done = new HashSet<>();
    automata.keySet().forEach(machine -> checkLeft(machine, new LinkedHashSet<>(), done));
  }

  /** A rule that calls itself before it reads anything would be called for ever. */
  private static void checkLeft(Machine machine, LinkedHashSet<Machine> path, Set<Machine> done) {
    if (done.contains(machine)) {
      return;
    }
    if (!path.add(machine)) {
      throw new IllegalArgumentException(machine + " begins with itself (left recursion, by way of " + path
          + "); let it begin with something else");
    }
    Set<Integer> states = new HashSet<>();
    Queue<Integer> next = new ArrayDeque<>(List.of(0));
    while (!next.isEmpty()) {
      int state = next.poll();
      if (states.add(state)) {
        for (Dfa.Call call : machine.calls(state)) {
          if (call.rule() instanceof Machine called) {
            checkLeft(called, path, done);
          } else if (call.rule() instanceof Loop loop) {
            checkLeft(loop.body(), path, done);
          }
          if (call.rule().cost(0) == 0) {
            next.add(call.next());
          }
        }
      }
    }
    path.remove(machine);
    done.add(machine);
  }
}
