// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.spi;

import io.millrace.core.document.HiddenText;

import java.util.List;

/** Risk control: decides on what comes in, on what goes out, and removes what nobody may see. Thread-safe. */
public interface Guard {

  /** Judges what a user wrote. */
  Verdict checkInput(String text);

  /**
   * Judges what of a document its readers would not see: as if somebody had said it, but of any length, since whoever hides an order
   * may put as much around it as they like. What could not be kept whole is refused for that alone.
   */
  Verdict checkHidden(HiddenText hidden);

  /** Judges an answer against the passages it claims to rest on. */
  Verdict checkOutput(String question, String answer, List<String> evidence);

  /**
   * Finds the words that bear out a sentence of an answer best, and says how far they do.
   *
   * @param question that is answered; what the sentence only repeats of it needs no proof
   * @param sentence one sentence, without markers
   * @param evidence texts of the passages that it may rest on
   */
  Support support(String question, String sentence, List<String> evidence);

  /**
   * Judges a part of what a model wrote by itself, without sources that it would have to rest on.
   *
   * @return refusal where it leaks its prompt, redaction where it holds secrets
   */
  Verdict checkWriting(String text);

  /** Replaces secrets and personal data by labels such as {@code [email]}; returns the text itself if it has none. */
  Redaction redact(String text);

  /** What is done with a text. */
  enum Decision {
    ALLOW,
    REDACT,
    QUOTE,
    REFUSE
  }

  /**
   * A decision with its reason.
   *
   * @param rule what decided, for example {@code injection.ignore-instructions}
   * @param reason for the person who reads it, in English
   * @param score certainty from 0 to 1
   */
  record Verdict(Decision decision, String rule, String reason, double score) {
    /** Returns whether the text may pass as it is. */
    public boolean allowed() {
      return decision == Decision.ALLOW;
    }
  }

  /** Whether something bears a sentence out. */
  enum Bearing {
    SUPPORTED,
    PARTLY,
    NOT
  }

  /**
   * The words that bear a sentence out best.
   *
   * @param score how likely they bear it out, from 0 to 1
   * @param source which text of the evidence they stand in, from 0; -1 where there is none
   * @param start first character within that text
   * @param end one past the last character
   * @param reason what keeps the sentence from being supported, in English; empty where it is
   */
  record Support(Bearing bearing, double score, int source, int start, int end, String reason) {}

  /**
   * A text without secrets.
   *
   * @param text with labels in place of what was found
   * @param findings what was found, in order
   */
  record Redaction(String text, List<Finding> findings) {
    public Redaction {
      findings = List.copyOf(findings);
    }
  }

  /**
   * A secret or a piece of personal data.
   *
   * @param kind for example {@code email}, {@code credit-card}, {@code aws-key}
   * @param start first character in the original text
   * @param end one past the last character
   */
  record Finding(String kind, int start, int end) {}
}
