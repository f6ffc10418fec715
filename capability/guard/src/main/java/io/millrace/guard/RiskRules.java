// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** All rules on inputs. */
final class RiskRules {

  private static final List<Rule> ALL =
      Stream.concat(InjectionRules.all().stream(), HarmRules.all().stream()).toList();

  private RiskRules() {}

  static List<Rule> all() {
    return ALL;
  }

  /** Returns the families, in the order in which they are tried. */
  static List<String> families() {
    return ALL.stream().map(Rule::family).distinct().toList();
  }

  /** Returns the names, sorted. */
  static Set<String> names() {
    return ALL.stream().map(Rule::name).collect(Collectors.toCollection(TreeSet::new));
  }
}
