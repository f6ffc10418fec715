// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard.grounding;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Compares the order of terms by their longest common subsequence, as ROUGE-L does (Lin 2004). */
final class Order {

  private Order() {}

  /** Returns the share of the terms that both have which stand in the same order; 1 where they share fewer than two. */
  static double kept(List<Term> said, List<Term> held) {
    Set<String> both = new HashSet<>(Source.forms(said));
    both.retainAll(Source.forms(held));
    List<String> one = said.stream().map(Term::form).filter(both::contains).toList();
    List<String> other = held.stream().map(Term::form).filter(both::contains).toList();
    if (both.size() < 2) {
      return 1;
    }
    int[] row = new int[other.size() + 1];
    for (String form : one) {
      int diagonal = 0;
      for (int j = 0; j < other.size(); j++) {
        int above = row[j + 1];
        row[j + 1] = form.equals(other.get(j)) ? diagonal + 1 : Math.max(above, row[j]);
        diagonal = above;
      }
    }
    return (double) row[other.size()] / one.size();
  }
}
