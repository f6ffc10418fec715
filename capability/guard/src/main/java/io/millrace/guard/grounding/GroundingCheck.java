// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard.grounding;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Checks sentence by sentence whether an answer rests on the evidence: its content words must occur there, all its
 * numbers and names must, and where the evidence says the same it must not say the opposite. It is lexical: it finds
 * what was invented, not every wrong conclusion (compare the atomic facts of Min et al. 2023, arXiv:2305.14251).
 */
public final class GroundingCheck {

  private static final Pattern CITATION = Pattern.compile("\\[\\d{1,2}\\]");
  private static final double NAME_WEIGHT = 3;
  private static final double NUMBER_WEIGHT = 3;

  private final double coverage;

  /**
   * A check.
   *
   * @param coverage share of a sentence's weight that the evidence must hold, from 0 to 1
   */
  public GroundingCheck(double coverage) {
    this.coverage = coverage;
  }

  /**
   * What was found.
   *
   * @param score support of the worst sentence, from 0 to 1
   * @param sentence the worst sentence
   * @param objection why the answer is not grounded; empty when it is
   */
  public record Support(double score, String sentence, String objection) {
    /** Returns whether nothing speaks against it. */
    public boolean grounded() {
      return objection.isEmpty();
    }
  }

  /** Checks an answer against the passages that it claims to rest on. */
  public Support check(String question, String answer, List<String> evidence) {
    Content all = Content.of(String.join("\n", evidence));
    Content asked = Content.of(question);
    String text = String.join("\n", evidence).toLowerCase(Locale.ROOT);
    List<Content> statements = new ArrayList<>();
    evidence.forEach(passage -> statements.addAll(Denial.statements(passage)));

    Support worst = null;
    for (String sentence : Clauses.sentences(CITATION.matcher(answer).replaceAll(" "))) {
      Content said = Content.of(sentence);
      if (said.isEmpty()) {
        continue;
      }
      Support support = support(sentence, said, asked, all, text, statements);
      if (worst == null || (!support.grounded() && worst.grounded()) || support.score() < worst.score()) {
        worst = support;
      }
    }
    return worst == null
        ? new Support(0, answer.strip(), "the answer says nothing that could be checked")
        : worst;
  }

  private Support support(
      String sentence, Content said, Content asked, Content all, String text, List<Content> statements) {
    double weight = 0;
    double held = 0;
    Set<String> missingNames = new HashSet<>();
    for (String name : said.identifiers()) {
      boolean present = all.identifiers().contains(name) || occurs(name, text);
      if (!present && !asked.identifiers().contains(name)) {
        missingNames.add(name);
      }
      weight += NAME_WEIGHT;
      held += present || asked.identifiers().contains(name) ? NAME_WEIGHT : 0;
    }
    Set<String> missingNumbers = new HashSet<>();
    for (String number : said.numbers()) {
      boolean present = all.numbers().contains(number) || occurs(number, text);
      if (!present) {
        missingNumbers.add(number);
      }
      weight += NUMBER_WEIGHT;
      held += present ? NUMBER_WEIGHT : 0;
    }
    for (String word : said.words()) {
      boolean present = all.words().contains(word) || all.identifiers().contains(word);
      // The question's own words prove nothing and are no invention either.
      if (present || !asked.words().contains(word)) {
        weight++;
        held += present ? 1 : 0;
      }
    }
    double share = weight == 0 ? 0 : held / weight;
    String objection = "";
    if (!missingNumbers.isEmpty()) {
      objection = "the sources do not have the number " + String.join(", ", missingNumbers);
    } else if (!missingNames.isEmpty()) {
      objection = "the sources do not have the name " + String.join(", ", missingNames);
    } else if (share < coverage) {
      objection = String.format(Locale.ROOT, "only %.0f %% of its content is in the sources", 100 * share);
    } else if (Denial.contradicts(sentence, statements)) {
      share = Math.min(share, 0.5);
      objection = "the sources say it with the opposite sense";
    }
    double score = missingNumbers.isEmpty() && missingNames.isEmpty() ? share : share / 2;
    return new Support(score, sentence, objection);
  }

  /** Whether a token stands in the text with no letter or digit around it. */
  private static boolean occurs(String token, String text) {
    for (int at = text.indexOf(token); at >= 0; at = text.indexOf(token, at + 1)) {
      boolean before = at == 0 || !isAlphanumeric(text.charAt(at - 1));
      int end = at + token.length();
      if (before && (end == text.length() || !isAlphanumeric(text.charAt(end)))) {
        return true;
      }
    }
    return false;
  }

  private static boolean isAlphanumeric(char c) {
    return c < 0x80 && Character.isLetterOrDigit(c);
  }
}
