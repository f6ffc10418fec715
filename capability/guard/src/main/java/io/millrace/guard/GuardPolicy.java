// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard;

import io.millrace.core.json.Yaml;
import io.millrace.core.spi.Guard.Decision;
import org.jspecify.annotations.Nullable;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * The contents of a domain pack's {@code policy.yaml}: what is refused, redacted and quoted. Keys that are left out
 * have the defaults that the commented file of the default domain shows.
 *
 * @param input checks of what comes in
 * @param redaction what nobody may see
 * @param output checks of what goes out
 */
public record GuardPolicy(Input input, Redact redaction, Output output) {

  /** The file's name within a domain pack. */
  public static final String FILE = "policy.yaml";

  private static final int LONGEST = 20_000;
  private static final double COVERAGE = 0.6;

  public GuardPolicy {
    input = input == null ? Input.defaults() : input;
    redaction = redaction == null ? Redact.defaults() : redaction;
    output = output == null ? Output.defaults() : output;
  }

  /** What holds where a domain pack has no policy. */
  public static GuardPolicy defaults() {
    return new GuardPolicy(Input.defaults(), Redact.defaults(), Output.defaults());
  }

  /**
   * Reads a domain pack's policy; the defaults when it has none.
   *
   * @param directory of the domain pack
   * @throws IllegalArgumentException when the file does not fit, naming file, line, key and remedy
   */
  public static GuardPolicy load(Path directory) {
    Path file = directory.resolve(FILE);
    return Files.isRegularFile(file) ? Yaml.read(file, GuardPolicy.class) : defaults();
  }

  /**
   * Checks of what comes in.
   *
   * @param families of rules that are on: {@code injection}, {@code harm}
   * @param off single rules that are off, by name
   * @param longest characters of an input that is judged at all; a longer one is refused
   * @param allow regular expressions, on lower-case text; an input that matches one is not judged
   * @param classifier what its finding does
   */
  public record Input(
      List<String> families, List<String> off, Integer longest, List<String> allow, Classifier classifier) {
    public Input {
      families = families == null ? RiskRules.families() : List.copyOf(families);
      off = off == null ? List.of() : List.copyOf(off);
      allow = allow == null ? List.of() : List.copyOf(allow);
      classifier = classifier == null ? Classifier.defaults() : classifier;
      longest = longest == null ? LONGEST : longest;
      if (longest < 1) {
        throw new IllegalArgumentException("longest " + longest + " is not positive");
      }
      known("family of rules", families, Set.copyOf(RiskRules.families()));
      known("rule", off, RiskRules.names());
      for (String expression : allow) {
        try {
          Pattern.compile(expression);
        } catch (PatternSyntaxException e) {
          throw new IllegalArgumentException("allow: '" + expression + "' is no regular expression: " + e.getDescription(), e);
        }
      }
    }

    static Input defaults() {
      return new Input(RiskRules.families(), List.of(), LONGEST, List.of(), Classifier.defaults());
    }
  }

  /**
   * What the classifier may do; it never refuses, since it cannot say why in words that a person could check.
   *
   * @param action {@code quote} (answer with quotations only) or {@code allow} (record the score)
   * @param threshold from 0 to 1; the one chosen in training where it is left out
   */
  public record Classifier(String action, @Nullable Double threshold) {
    public Classifier {
      action = action == null ? "quote" : action;
      if (!action.equals("quote") && !action.equals("allow")) {
        throw new IllegalArgumentException("classifier action '" + action + "': use quote or allow");
      }
      if (threshold != null && !(threshold >= 0 && threshold <= 1)) {
        throw new IllegalArgumentException("classifier threshold " + threshold + " is not from 0 to 1");
      }
    }

    static Classifier defaults() {
      return new Classifier("quote", null);
    }

    /** Returns what is done with a flagged input. */
    Decision decision() {
      return Decision.valueOf(action.toUpperCase(Locale.ROOT));
    }
  }

  /**
   * What nobody may see.
   *
   * @param kinds that are replaced by labels
   * @param keep exact texts that stay, for example a public contact address
   */
  public record Redact(List<String> kinds, List<String> keep) {
    public Redact {
      kinds = kinds == null ? List.copyOf(SecretRedactor.kinds()) : List.copyOf(kinds);
      keep = keep == null ? List.of() : List.copyOf(keep);
      known("kind of secret", kinds, SecretRedactor.kinds());
    }

    static Redact defaults() {
      return new Redact(List.copyOf(SecretRedactor.kinds()), List.of());
    }
  }

  /**
   * Checks of what goes out.
   *
   * @param grounding whether answers must rest on the sources
   * @param coverage share of a sentence's content that the sources must hold, from 0 to 1
   * @param leakMarkers texts that occur in our prompts only; an answer that has one is refused
   */
  public record Output(Boolean grounding, Double coverage, List<String> leakMarkers) {
    public Output {
      grounding = grounding == null || grounding;
      coverage = coverage == null ? COVERAGE : coverage;
      leakMarkers = leakMarkers == null ? List.of() : List.copyOf(leakMarkers);
      if (!(coverage >= 0 && coverage <= 1)) {
        throw new IllegalArgumentException("coverage " + coverage + " is not from 0 to 1");
      }
    }

    static Output defaults() {
      return new Output(true, COVERAGE, List.of());
    }
  }

  private static void known(String what, List<String> given, Set<String> known) {
    for (String name : given) {
      if (!known.contains(name)) {
        throw new IllegalArgumentException(
            "unknown " + what + " '" + name + "'; known: " + String.join(", ", new LinkedHashSet<>(known)));
      }
    }
  }
}
