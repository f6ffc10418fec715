// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard;

import io.millrace.core.document.Document;
import io.millrace.core.document.HiddenText;
import io.millrace.core.event.Event;
import io.millrace.core.spi.Guard;
import io.millrace.core.spi.Guard.Verdict;
import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Has what readers of documents would not see judged, whichever way the documents come in. A document whose hidden text breaks a
 * rule is taken on, since that text is not searched, but it is marked with the rule. Confined to one thread.
 */
public final class DocumentInspection {

  private static final String STAGE = "document";

  static final String SPENT = "other documents of the same file hid too much before";

  private final Guard guard;
  private final String trace;
  private final String user;

  /** Characters that may still be judged. */
  private long left;

  /** What was judged last: the parts of a long file all hide the same. */
  private @Nullable HiddenText last;

  private @Nullable Verdict verdict;

  /**
   * An inspection.
   *
   * @param trace of what brings the documents in
   * @param user whom findings are written down for
   * @param most characters that are judged; what comes beyond breaks the rule that too much is hidden, unread
   */
  public DocumentInspection(Guard guard, String trace, String user, long most) {
    this.left = most;
    this.guard = guard;
    this.trace = trace;
    this.user = user;
  }

  /**
   * A document that was looked at.
   *
   * @param document with the rule that its hidden text breaks in {@link HiddenText#RISK}, and without one that it broke before
   * @param finding what is to be written down; null where nothing was found
   */
  public record Inspected(Document document, Event.@Nullable Judged finding) {}

  /** Looks at a document. */
  public Inspected inspect(Document document) {
    HiddenText hidden = HiddenText.of(document);
    Verdict judged = hidden == null ? null : verdict(hidden);
    if (judged == null || judged.allowed()) {
      return new Inspected(marked(document, null), null);
    }
    return new Inspected(marked(document, judged.rule()), finding(document.id(), judged));
  }

  private Verdict verdict(HiddenText hidden) {
    Verdict known = verdict;
    if (known == null || !hidden.equals(last)) {
      left -= hidden.text().length();
      known = left >= 0 ? guard.checkHidden(hidden) : RiskGuard.tooMuch(SPENT);
      verdict = known;
      last = hidden;
    }
    return known;
  }

  private static Document marked(Document document, @Nullable String rule) {
    if (rule == null && !document.attributes().containsKey(HiddenText.RISK)) {
      return document;
    }
    Map<String, String> attributes = new TreeMap<>(document.attributes());
    attributes.remove(HiddenText.RISK);
    if (rule != null) {
      attributes.put(HiddenText.RISK, rule);
    }
    return document.withAttributes(attributes);
  }

  private Event.Judged finding(String id, Verdict found) {
    return new Event.Judged(
        UUID.randomUUID().toString(),
        Instant.now(),
        trace,
        user,
        STAGE,
        found.decision().name().toLowerCase(Locale.ROOT),
        found.rule(),
        "hidden text of " + id + ": " + guard.redact(found.reason()).text(),
        found.score(),
        "");
  }
}
