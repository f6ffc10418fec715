// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard.grounding;

import java.util.List;
import java.util.Set;

/**
 * What is measured of a sentence beside its sources, each from 0 to 1. A trait has a sign that training keeps: a number that
 * the sources lack never speaks for a sentence, whatever the examples.
 */
enum Trait {
  /** Share of the sentence's weight that its best span holds. */
  IN_SPAN(1) {
    @Override
    double of(Comparison c) {
      return c.share(c.claim().terms(), c.span().forms());
    }
  },
  /** Share of its weight that the sources hold, wherever. */
  IN_SOURCES(1) {
    @Override
    double of(Comparison c) {
      return c.share(c.claim().terms(), c.everywhere());
    }
  },
  /** The same of what the question did not say already. */
  NEWS_IN_SPAN(1) {
    @Override
    double of(Comparison c) {
      return c.share(c.claim().news(), c.span().forms());
    }
  },
  NEWS_IN_SOURCES(1) {
    @Override
    double of(Comparison c) {
      return c.share(c.claim().news(), c.everywhere());
    }
  },
  /** Nothing is said that the question did not say. */
  NO_NEWS(-1) {
    @Override
    double of(Comparison c) {
      return c.claim().news().isEmpty() ? 1 : 0;
    }
  },
  /** How much the sources do not hold: one word of a long sentence counts as much as one of a short one. */
  LACKING(-1) {
    @Override
    double of(Comparison c) {
      double weight = c.claim().news().stream().filter(t -> !c.everywhere().contains(t.form())).mapToDouble(t -> t.kind().weight()).sum();
      return weight / (weight + 2);
    }
  },
  NUMBER_LACKING(-1) {
    @Override
    double of(Comparison c) {
      return c.any(Term.Kind.NUMBER, c.everywhere());
    }
  },
  /** A number that stands elsewhere in the sources: it may belong to something else. */
  NUMBER_ELSEWHERE(-1) {
    @Override
    double of(Comparison c) {
      return c.any(Term.Kind.NUMBER, c.span().forms());
    }
  },
  NAME_LACKING(-1) {
    @Override
    double of(Comparison c) {
      return c.any(Term.Kind.NAME, c.everywhere());
    }
  },
  NAME_ELSEWHERE(-1) {
    @Override
    double of(Comparison c) {
      return c.any(Term.Kind.NAME, c.span().forms());
    }
  },
  /** The span says the same and denies it, or is denied. */
  DENIED(-1) {
    @Override
    double of(Comparison c) {
      return Denial.contradicts(c.claim().text(), Denial.statements(c.spanText())) ? 1 : 0;
    }
  },
  /** The sentence denies, and nothing in the span does. */
  DENIES_ALONE(-1) {
    @Override
    double of(Comparison c) {
      return Content.negations(c.claim().text()) > 0 && Content.negations(c.spanText()) == 0 ? 1 : 0;
    }
  },
  OPPOSITE(-1) {
    @Override
    double of(Comparison c) {
      return WordPairs.OPPOSITES.differ(c.claim().text(), c.spanText()) ? 1 : 0;
    }
  },
  /** Share of the terms that both have which stand in the same order in both: names that changed places do not. */
  SAME_ORDER(1) {
    @Override
    double of(Comparison c) {
      return Order.kept(c.claim().terms(), c.span().terms());
    }
  },
  /** Share of the question's terms that the span holds: what answers it speaks of it. */
  QUESTION_IN_SPAN(1) {
    @Override
    double of(Comparison c) {
      return c.share(c.claim().question(), c.span().forms());
    }
  };

  private final int sign;

  Trait(int sign) {
    this.sign = sign;
  }

  /** 1 where it speaks for a sentence, -1 where it speaks against it. */
  int sign() {
    return sign;
  }

  abstract double of(Comparison comparison);

  /**
   * A sentence beside the span that bears it out best.
   *
   * @param place of the source among the sources, from 0
   * @param everywhere forms of the terms of all sources
   */
  record Comparison(Claim claim, int place, Source source, Source.Span span, Set<String> everywhere) {

    String spanText() {
      return span.range().of(source.text());
    }

    /** Share of the weight of terms that are held; 1 where there are none, since nothing is missing then. */
    double share(List<Term> terms, Set<String> held) {
      double all = 0;
      double shared = 0;
      for (Term term : terms) {
        all += term.kind().weight();
        shared += held.contains(term.form()) ? term.kind().weight() : 0;
      }
      return all == 0 ? 1 : shared / all;
    }

    /** 1 where one of the news of a kind is not held. */
    double any(Term.Kind kind, Set<String> held) {
      return claim.news().stream().anyMatch(t -> t.kind() == kind && !held.contains(t.form())) ? 1 : 0;
    }

    /** Returns all traits, in their order. */
    double[] traits() {
      double[] values = new double[Trait.values().length];
      for (Trait trait : Trait.values()) {
        values[trait.ordinal()] = trait.of(this);
      }
      return values;
    }
  }
}
