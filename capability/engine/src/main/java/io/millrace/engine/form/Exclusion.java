// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import io.millrace.engine.form.Facts.Kind;
import tools.jackson.databind.JsonNode;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Shows that what is written for one alternative of a {@code oneOf} is never valid for another: their types differ, or
 * their values, ranges and patterns have nothing in common, or a property or item of one is never valid for the other.
 */
final class Exclusion {
  /** How deep within objects and arrays a difference is looked for. */
  private static final int DEEPEST = 4;

  private final SchemaCompiler compiler;

  Exclusion(SchemaCompiler compiler) {
    this.compiler = compiler;
  }

  /**
   * Makes sure that no value fits two alternatives.
   *
   * @param branches for each alternative its ways
   * @throws IllegalArgumentException naming two that cannot be told apart
   */
  void check(Conjunction.Choice choice, List<List<Facts>> branches) {
    for (int i = 0; i < branches.size(); i++) {
      for (int j = 0; j < branches.size(); j++) {
        if (i != j && !never(branches.get(i), branches.get(j), 0)) {
          throw choice.place().wrong("oneOf", "has alternatives " + Math.min(i, j) + " and " + Math.max(i, j)
              + ", for both of which a value might be valid; say anyOf, or give them a property with different constants");
        }
      }
    }
  }

  private boolean never(List<Facts> written, List<Facts> valid, int depth) {
    return written.stream().allMatch(w -> valid.stream().allMatch(v -> never(w, v, depth)));
  }

  /** Whether nothing that is written for the one is valid for the other. */
  private boolean never(Facts written, Facts valid, int depth) {
    compiler.effort().spend(1_000);
    Admission admission = new Admission(compiler);
    List<JsonNode> listed = written.values();
    if (listed != null) {
      return listed.stream().noneMatch(value -> admission.admits(written, value) && admission.admits(valid, value));
    }
    List<JsonNode> others = valid.values();
    if (others != null) {
      return others.stream().noneMatch(value -> admission.admits(written, value) && admission.admits(valid, value));
    }
    Set<Kind> common = EnumSet.copyOf(written.kinds());
    common.retainAll(valid.kinds());
    return common.stream().allMatch(kind -> switch (kind) {
      case NULL, BOOLEAN -> false;
      case INTEGER -> noInteger(written.range().and(valid.range()));
      case FRACTION -> written.range().and(valid.range()).isEmpty();
      case STRING -> noString(written, valid);
      case ARRAY -> noArray(written, valid, depth);
      case OBJECT -> noObject(written, valid, depth);
    });
  }

  private boolean noInteger(NumberRange range) {
    return NumberText.of(range, List.of(), false, compiler.effort()).equals(Expr.NOTHING);
  }

  private boolean noString(Facts written, Facts valid) {
    if (apart(written, valid, "minLength", "maxLength")) {
      return true;
    }
    Dfa one = StringText.content(written, compiler.effort());
    Dfa other = StringText.content(valid, compiler.effort());
    return one != null && other != null && one.and(other, compiler.effort()).isEmpty();
  }

  private static boolean apart(Facts a, Facts b, String least, String most) {
    int mostA = a.most(most);
    int mostB = b.most(most);
    return mostA != Expr.ANY_NUMBER && mostA < b.least(least) || mostB != Expr.ANY_NUMBER && mostB < a.least(least);
  }

  private boolean noArray(Facts written, Facts valid, int depth) {
    int most = ArrayText.mostItems(written);
    if (apart(written, valid, "minItems", "maxItems") || most != Expr.ANY_NUMBER && most < valid.least("minItems")) {
      return true;
    }
    for (int i = 0; i < written.least("minItems") && i < DEEPEST; i++) {
      if (part(ArrayText.of(written, i), ArrayText.of(valid, i), depth)) {
        return true;
      }
    }
    return false;
  }

  private boolean noObject(Facts written, Facts valid, int depth) {
    PropertyRules own = new PropertyRules(written, compiler);
    PropertyRules others = new PropertyRules(valid, compiler);
    boolean closed = own.patterns().isEmpty() && own.ofOther(Set.of()) == null;
    for (String name : valid.required()) {
      if (closed && !own.names().contains(name)) {
        return true;
      }
    }
    for (String name : written.required()) {
      if (!others.allowsName(name) || part(own.of(name), others.of(name), depth)) {
        return true;
      }
    }
    return false;
  }

  private boolean part(List<Place> written, List<Place> valid, int depth) {
    if (depth >= DEEPEST) {
      return false;
    }
    Conjunction one = compiler.conjunction(written);
    Conjunction other = compiler.conjunction(valid);
    return one == null || other == null || never(compiler.leaves(one), compiler.leaves(other), depth + 1);
  }
}
