// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Puts small rules that do not call themselves in the place of their calls: what is regular becomes one automaton,
 * however many names it has.
 */
final class WrittenOut {
  /** States of a rule that is put in the place of its calls. */
  private static final int LARGEST = 2_000;

  private final Map<Rule, Expr> bodies;
  private final Effort effort;
  private final Map<Rule, Expr> decided = new HashMap<>();

  private WrittenOut(Map<Rule, Expr> bodies, Effort effort) {
    this.bodies = bodies;
    this.effort = effort;
  }

  /** The bodies, each with the calls of small rules written out. */
  static Map<Rule, Expr> of(Map<Rule, Expr> bodies, Effort effort) {
    return new WrittenOut(bodies, effort).write();
  }

  private Map<Rule, Expr> write() {
    Map<Rule, Set<Rule>> called = new HashMap<>();
    bodies.forEach((rule, body) -> calls(body, called.computeIfAbsent(rule, _ -> new HashSet<>())));
    for (Rule rule : bodies.keySet()) {
      if (callsItself(rule, called)) {
        decided.put(rule, new Expr.Call(rule));
      }
    }
    // Of the others some rule calls only decided ones, until none is left.
    List<Rule> open = new ArrayList<>(bodies.keySet());
    while (open.removeIf(decided::containsKey) || !open.isEmpty()) {
      for (Rule rule : open) {
        effort.spend(1);
        if (decided.keySet().containsAll(called.getOrDefault(rule, Set.of()))) {
          Expr body = substitute(bodies.getOrDefault(rule, Expr.NOTHING));
          decided.put(rule, body.size() > LARGEST ? new Expr.Call(rule) : body);
        }
      }
    }
    Map<Rule, Expr> written = new HashMap<>();
    bodies.forEach((rule, body) -> written.put(rule, substitute(body)));
    return written;
  }

  private boolean callsItself(Rule rule, Map<Rule, Set<Rule>> called) {
    Set<Rule> reached = new HashSet<>();
    List<Rule> open = new ArrayList<>(List.of(rule));
    while (!open.isEmpty()) {
      Set<Rule> next = called.getOrDefault(open.removeLast(), Set.of());
      effort.spend(next.size());
      next.stream().filter(reached::add).forEach(open::add);
    }
    return reached.contains(rule);
  }

  private static void calls(Expr expr, Set<Rule> out) {
    switch (expr) {
      case Expr.Call call -> out.add(call.rule());
      case Expr.Sequence sequence -> sequence.items().forEach(item -> calls(item, out));
      case Expr.Choice choice -> choice.items().forEach(item -> calls(item, out));
      case Expr.Repeat repeat -> calls(repeat.body(), out);
      case Expr.Joined joined -> joined.parts().forEach(part -> calls(part.expr(), out));
      case Expr.Range _, Expr.Embedded _ -> { }
    }
  }

  private Expr substitute(Expr expr) {
    return switch (expr) {
      case Expr.Call call -> decided.getOrDefault(call.rule(), call);
      case Expr.Sequence sequence -> Expr.sequence(sequence.items().stream().map(this::substitute).toList());
      case Expr.Choice choice -> Expr.choice(choice.items().stream().map(this::substitute).toList());
      case Expr.Repeat repeat -> new Expr.Repeat(substitute(repeat.body()), repeat.least(), repeat.most());
      case Expr.Joined _, Expr.Range _, Expr.Embedded _ -> expr;
    };
  }
}
