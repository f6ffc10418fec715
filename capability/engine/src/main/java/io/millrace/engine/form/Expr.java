// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/** A language of byte strings as it is written down: regular expressions over bytes that may call rules. */
sealed interface Expr {
  /** The empty text and nothing else. */
  Expr EMPTY = new Sequence(List.of());
  /** No text at all. */
  Expr NOTHING = new Choice(List.of());
  /** Stands for no upper bound. */
  int ANY_NUMBER = -1;

  /** Any one byte from the first to the last. */
  record Range(int first, int last) implements Expr {}

  /** One after the other. */
  record Sequence(List<Expr> items) implements Expr {}

  /** Any one of them. */
  record Choice(List<Expr> items) implements Expr {}

  /**
   * So many times.
   *
   * @param most {@link #ANY_NUMBER} for no bound
   */
  record Repeat(Expr body, int least, int most) implements Expr {
    public Repeat {
      if (least < 0 || most != ANY_NUMBER && most < least) {
        throw new IllegalArgumentException("cannot repeat from " + least + " to " + most + " times");
      }
    }
  }

  /** What another rule reads. */
  record Call(Rule rule) implements Expr {}

  /** What an automaton without calls reads. */
  record Embedded(Dfa automaton) implements Expr {}

  /**
   * Some of the parts, in their order, with a separator between each two that are there.
   *
   * @param least how many are there at least; a repeated part counts each time
   * @param most {@link #ANY_NUMBER} for no bound
   */
  record Joined(List<Part> parts, Expr separator, int least, int most) implements Expr {
    /** Forgets bounds that hold by themselves. */
    public Joined {
      parts = List.copyOf(parts);
      long required = parts.stream().filter(Part::required).count();
      least = least <= required ? 0 : least;
      boolean endless = parts.stream().anyMatch(Part::repeated);
      most = !endless && most >= parts.size() ? ANY_NUMBER : most;
    }

    /** How far is counted; 1 tells only whether there is one. */
    int counted() {
      return most == ANY_NUMBER ? Math.max(least, 1) : most;
    }
  }

  /**
   * A part of a {@link Joined}.
   *
   * @param required whether it must be there
   * @param repeated whether it may be there several times
   */
  record Part(Expr expr, boolean required, boolean repeated) {}

  static Expr text(String text) {
    return bytes(text.getBytes(StandardCharsets.UTF_8));
  }

  static Expr bytes(byte[] bytes) {
    Expr[] items = new Expr[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      items[i] = new Range(bytes[i] & 0xff, bytes[i] & 0xff);
    }
    return sequence(items);
  }

  static Expr sequence(Expr... items) {
    return sequence(Arrays.asList(items));
  }

  static Expr sequence(List<Expr> items) {
    return items.size() == 1 ? items.getFirst() : new Sequence(List.copyOf(items));
  }

  static Expr choice(Expr... items) {
    return choice(Arrays.asList(items));
  }

  static Expr choice(List<Expr> items) {
    return items.size() == 1 ? items.getFirst() : new Choice(List.copyOf(items));
  }

  static Expr optional(Expr body) {
    return new Repeat(body, 0, 1);
  }

  static Expr star(Expr body) {
    return new Repeat(body, 0, ANY_NUMBER);
  }

  /** About how many states it takes; grows no further than {@code Integer.MAX_VALUE}. */
  default int size() {
    return switch (this) {
      case Range _, Call _ -> 1;
      case Sequence sequence -> sum(sequence.items());
      case Choice choice -> sum(choice.items());
      case Repeat repeat -> times(repeat.body().size() + 1, Math.max(1, Math.max(repeat.least(), repeat.most())));
      case Embedded embedded -> embedded.automaton().states();
      case Joined joined -> times(sum(joined.parts().stream().map(Part::expr).toList()), joined.counted());
    };
  }

  /** Whether it calls rules. */
  default boolean calls() {
    return switch (this) {
      case Call _ -> true;
      case Range _, Embedded _ -> false;
      case Sequence sequence -> sequence.items().stream().anyMatch(Expr::calls);
      case Choice choice -> choice.items().stream().anyMatch(Expr::calls);
      case Repeat repeat -> repeat.body().calls();
      case Joined joined -> joined.separator().calls() || joined.parts().stream().anyMatch(part -> part.expr().calls());
    };
  }

  /** Whether it reads the empty text, as far as is seen at once; the rules that do are given. */
  default boolean mayBeEmpty(Predicate<Rule> rules) {
    return switch (this) {
      case Range _ -> false;
      case Call call -> rules.test(call.rule());
      case Embedded embedded -> embedded.automaton().accepts(0);
      case Sequence sequence -> sequence.items().stream().allMatch(item -> item.mayBeEmpty(rules));
      case Choice choice -> choice.items().stream().anyMatch(item -> item.mayBeEmpty(rules));
      case Repeat repeat -> repeat.least() == 0 || repeat.body().mayBeEmpty(rules);
      case Joined joined -> joined.least() == 0 && joined.parts().stream().noneMatch(Part::required);
    };
  }

  private static int sum(List<Expr> items) {
    long sum = 1;
    for (Expr item : items) {
      sum += item.size();
    }
    return (int) Math.min(sum, Integer.MAX_VALUE);
  }

  private static int times(long size, int count) {
    return (int) Math.min(size * count, Integer.MAX_VALUE);
  }
}
