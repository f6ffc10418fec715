// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard;

import io.millrace.core.document.HiddenText;
import io.millrace.core.spi.Guard;
import io.millrace.guard.grounding.GroundingCheck;
import io.millrace.guard.grounding.GroundingScorer;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Risk control. Input: evasions are undone, then rules may refuse and a classifier may limit the answer to quotations.
 * Output: leaks are refused, what the sources do not hold is replaced by quotations, secrets are redacted. Every
 * verdict says why. Immutable.
 */
public final class RiskGuard implements Guard {

  private static final Verdict NOTHING_TO_JUDGE = new Verdict(Decision.ALLOW, "none", "the text is blank", 0);
  private static final int LONGEST_QUOTE = 160;
  private static final int MIXED_WORDS = 3;

  /** Hidden text is judged in stretches of so many characters, which overlap by the longest part that is decoded: none is cut in two. */
  private static final int STRETCH = 2 * Decoded.LONGEST_FORM;

  private static final String MIXED_SCRIPTS = "injection.mixed-scripts";

  /** Marks that structure prompts; a model that writes them is repeating or forging its own prompt. */
  private static final Pattern PROMPT_MARKS =
      Pattern.compile("<\\|[a-z_]{2,30}\\|>|<<SYS>>|\\[/?INST\\]|(?m:^### (?:System|Instruction)\\b)");

  private final GuardPolicy policy;
  private final List<Rule> rules;
  private final List<Pattern> allowed;
  private final @Nullable InjectionClassifier classifier;
  private final SecretRedactor redactor;
  private final GroundingCheck grounding;
  private final GroundingScorer scorer;

  /**
   * A guard.
   *
   * @param policy of the domain
   * @param classifier null where none has been trained yet; then rules alone judge inputs
   */
  public RiskGuard(GuardPolicy policy, @Nullable InjectionClassifier classifier) {
    this(policy, classifier, GroundingScorer.untrained());
  }

  /**
   * A guard.
   *
   * @param policy of the domain
   * @param classifier null where none has been trained yet; then rules alone judge inputs
   * @param scorer ties sentences to their evidence
   */
  public RiskGuard(GuardPolicy policy, @Nullable InjectionClassifier classifier, GroundingScorer scorer) {
    this.policy = policy;
    this.scorer = scorer;
    GuardPolicy.Input input = policy.input();
    this.rules =
        RiskRules.all().stream().filter(r -> input.families().contains(r.family()) && !input.off().contains(r.name())).toList();
    this.allowed = input.allow().stream().map(Pattern::compile).toList();
    this.classifier = classifier;
    this.redactor = new SecretRedactor(policy.redaction().kinds());
    this.grounding = new GroundingCheck(output().coverage());
  }

  @Override
  public Verdict checkInput(String text) {
    if (text.length() > policy.input().longest()) {
      return new Verdict(
          Decision.REFUSE,
          "input.too-long",
          text.length() + " characters are more than the " + policy.input().longest() + " that are judged: send less",
          1);
    }
    return judge(text);
  }

  @Override
  public Verdict checkHidden(HiddenText hidden) {
    Verdict worst = NOTHING_TO_JUDGE;
    for (String stretch : InputViews.windows(hidden.text(), STRETCH, Decoded.LONGEST_FORM)) {
      Verdict verdict = judge(stretch);
      if (verdict.decision() == Decision.REFUSE) {
        return verdict;
      }
      worst = worst.allowed() ? verdict : worst;
    }
    return hidden.leftOut() > 0
        ? tooMuch(hidden.leftOut() + " characters between what is kept of its beginning and its end")
        : worst;
  }

  /** Nobody can say what stood there, and honest pages hide less. */
  static Verdict tooMuch(String what) {
    String reason = "hides more than can be judged: " + what;
    return new Verdict(Decision.REFUSE, "hidden.too-much", reason, 1);
  }

  private Verdict judge(String text) {
    List<InputView> views = InputViews.of(text);
    if (views.isEmpty()) {
      return NOTHING_TO_JUDGE;
    }
    String plain = views.getFirst().text();
    if (allowed.stream().anyMatch(pattern -> pattern.matcher(plain).find())) {
      return new Verdict(Decision.ALLOW, "policy.allow", "the policy's allow list names it", 0);
    }
    for (Rule rule : rules) {
      Verdict verdict = judge(rule, text, views);
      if (verdict != null) {
        return verdict;
      }
    }
    return classify(views);
  }

  private static @Nullable Verdict judge(Rule rule, String text, List<InputView> views) {
    if (rule.name().equals(MIXED_SCRIPTS)) {
      int words = MixedScripts.words(text);
      return words < MIXED_WORDS
          ? null
          : new Verdict(Decision.REFUSE, rule.name(), rule.reason() + " in " + words + " words", 1);
    }
    for (int i = 0; i < views.size(); i++) {
      InputView view = views.get(i);
      boolean first = i == 0;
      // Delimiters are sought in the text as written; decoded parts have no other form than their normalised one.
      String words = rule.match(rule.raw() && first ? text : view.text());
      if (words != null) {
        String where = first ? "" : " (found after undoing: " + view.name() + ")";
        return new Verdict(Decision.REFUSE, rule.name(), rule.reason() + ": \"" + shorten(words) + "\"" + where, 1);
      }
    }
    return null;
  }

  private Verdict classify(List<InputView> views) {
    if (classifier == null) {
      return new Verdict(Decision.ALLOW, "rules", "no rule matches; no classifier is loaded", 0);
    }
    GuardPolicy.Classifier settings = policy.input().classifier();
    double threshold = settings.threshold() == null ? classifier.threshold() : settings.threshold();
    InjectionClassifier.Assessment worst = null;
    for (InputView view : views) {
      if (view.written()) {
        InjectionClassifier.Assessment assessment = classifier.assessNormalised(view.text());
        worst = worst == null || assessment.score() > worst.score() ? assessment : worst;
      }
    }
    double score = worst == null ? 0 : worst.score();
    if (worst == null || score < threshold) {
      return new Verdict(
          Decision.ALLOW,
          "classifier",
          String.format(Locale.ROOT, "no rule matches; attack score %.3f is below %.3f", score, threshold),
          score);
    }
    List<String> ngrams = worst.reasons().stream().map(ngram -> "\"" + ngram + "\"").toList();
    return new Verdict(
        settings.decision(),
        "classifier",
        String.format(Locale.ROOT, "reads like an attack: score %.3f reaches %.3f", score, threshold)
            + (ngrams.isEmpty() ? "" : "; what spoke most for it: " + String.join(", ", ngrams)),
        score);
  }

  @Override
  public Verdict checkOutput(String question, String answer, List<String> evidence) {
    if (answer.isBlank()) {
      return new Verdict(Decision.QUOTE, "output.empty", "the answer is blank", 1);
    }
    String leak = leak(answer, evidence);
    if (leak != null) {
      return leaked(leak);
    }
    double score = 1;
    if (output().grounding()) {
      GroundingCheck.Support support = grounding.check(question, answer, evidence);
      score = support.score();
      if (!support.grounded()) {
        return new Verdict(
            Decision.QUOTE,
            "output.ungrounded",
            support.objection() + ": \"" + shorten(support.sentence()) + "\"",
            1 - score);
      }
    }
    Verdict secrets = secrets(answer);
    return secrets != null
        ? secrets
        : new Verdict(
            Decision.ALLOW,
            "output.grounded",
            String.format(Locale.ROOT, "the worst sentence is supported to %.0f %%", 100 * score),
            score);
  }

  @Override
  public Support support(String question, String sentence, List<String> evidence) {
    return scorer.support(question, sentence, evidence);
  }

  @Override
  public Verdict checkWriting(String text) {
    String leak = leak(text, List.of());
    if (leak != null) {
      return leaked(leak);
    }
    Verdict secrets = secrets(text);
    return secrets != null
        ? secrets
        : new Verdict(Decision.ALLOW, "output.free", "written without sources: searched for leaks and secrets only", 0);
  }

  private static Verdict leaked(String words) {
    return new Verdict(Decision.REFUSE, "output.prompt-leak", "the answer holds a part of the prompt: \"" + words + "\"", 1);
  }

  private @Nullable Verdict secrets(String text) {
    List<Finding> findings = redact(text).findings();
    if (findings.isEmpty()) {
      return null;
    }
    List<String> kinds = findings.stream().map(Finding::kind).distinct().toList();
    return new Verdict(Decision.REDACT, "output.secret", "the answer holds: " + String.join(", ", kinds), 1);
  }

  private @Nullable String leak(String answer, List<String> evidence) {
    var marks = PROMPT_MARKS.matcher(answer);
    if (marks.find() && evidence.stream().noneMatch(passage -> passage.contains(marks.group()))) {
      return marks.group();
    }
    for (String marker : output().leakMarkers()) {
      if (answer.contains(marker)) {
        return shorten(marker);
      }
    }
    return null;
  }

  @Override
  public Redaction redact(String text) {
    List<String> keep = policy.redaction().keep();
    return redactor.redact(text, keep);
  }

  private GuardPolicy.Output output() {
    return policy.output();
  }

  private static String shorten(String words) {
    String joined = String.join(" ", words.strip().split("\\s+"));
    return joined.length() <= LONGEST_QUOTE ? joined : joined.substring(0, LONGEST_QUOTE) + "…";
  }
}
