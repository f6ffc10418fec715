// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.generate;

import io.millrace.core.generation.Piece;
import io.millrace.core.generation.TokenScore;
import io.millrace.core.spi.Guard;
import io.millrace.core.spi.Guard.Decision;
import io.millrace.core.spi.Guard.Finding;
import io.millrace.core.spi.Guard.Verdict;
import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * Text as a model writes it, let through word by word: each word goes out as soon as it is whole and was found to be no
 * secret; secrets go out as labels; a part of the prompt's own marks ends it. Confined to one thread.
 */
final class Sieve {

  /** Of what went out, so much is looked at again, since words before a secret tell that it is one. */
  private static final int CONTEXT = 128;

  private final Guard guard;
  // Where the end of what went out is; null where the text is no JSON.
  private final @Nullable JsonPlaces places;
  // What went out last, then what is held.
  private final StringBuilder window = new StringBuilder();
  // The same as the guard sees it: in JSON with spaces for escapes, whose letters are no part of any word.
  private final StringBuilder seen = new StringBuilder();
  private final JsonPlaces arriving = new JsonPlaces();
  private int held;
  private final Deque<Scored> scores = new ArrayDeque<>();
  private Verdict verdict = new Verdict(Decision.ALLOW, "output.empty", "nothing was written", 0);
  private @Nullable Verdict refusal;

  /** Scores of tokens and where in the window their text ends. */
  private record Scored(int end, List<TokenScore> scores) {}

  /**
   * A sieve.
   *
   * @param json whether the text is JSON and has to stay so
   */
  Sieve(Guard guard, boolean json) {
    this.guard = guard;
    this.places = json ? new JsonPlaces() : null;
  }

  /** Takes the next piece; returns what may go out now, if anything. */
  Optional<Piece.Text> next(Piece.Text piece) {
    window.append(piece.text());
    for (int i = 0; i < piece.text().length(); i++) {
      char c = piece.text().charAt(i);
      seen.append(places != null && arriving.pass(c) ? ' ' : c);
    }
    if (!piece.scores().isEmpty()) {
      scores.add(new Scored(window.length(), piece.scores()));
    }
    return release(RiskyTail.start(seen, held), false);
  }

  /** Returns what was held to the end. */
  Optional<Piece.Text> end() {
    return release(window.length(), true);
  }

  /** Returns why nothing more goes out, if so. */
  Optional<Verdict> refusal() {
    return Optional.ofNullable(refusal);
  }

  /** Returns the verdict on the worst that there was. */
  Verdict verdict() {
    return verdict;
  }

  private Optional<Piece.Text> release(int wanted, boolean last) {
    if (refusal != null || (wanted == held && scores.isEmpty())) {
      return Optional.empty();
    }
    String text = window.toString();
    String shown = seen.toString();
    Verdict now = guard.checkWriting(shown);
    if (now.decision().compareTo(verdict.decision()) > 0 || verdict.rule().equals("output.empty")) {
      verdict = now;
    }
    if (now.decision() == Decision.REFUSE) {
      refusal = now;
      return Optional.empty();
    }
    List<Finding> findings = now.decision() == Decision.REDACT ? guard.redact(shown).findings() : List.of();
    int end = last ? wanted : safeEnd(text.length(), wanted, findings);
    StringBuilder out = new StringBuilder();
    List<Finding> labelled = new ArrayList<>();
    write(text, end, findings, labelled, out);
    List<TokenScore> released = scoresUntil(end, labelled);
    held = end;
    forget();
    return out.isEmpty() && released.isEmpty() ? Optional.empty()
        : Optional.of(new Piece.Text(out.toString(), released));
  }

  /** A secret that reaches the end of the text may go on, and one that is cut in two is none any more. */
  private int safeEnd(int length, int wanted, List<Finding> findings) {
    int end = wanted;
    for (Finding finding : findings) {
      if (finding.end() == length || (finding.start() < end && end < finding.end())) {
        end = Math.min(end, Math.max(held, finding.start()));
      }
    }
    return end;
  }

  private void write(String text, int end, List<Finding> findings, List<Finding> labelled, StringBuilder out) {
    int at = held;
    for (Finding finding : findings) {
      int start = Math.max(at, finding.start());
      int stop = Math.min(end, finding.end());
      if (start >= stop) {
        continue;
      }
      Finding place = place(text, at, new Finding(finding.kind(), start, stop));
      if (place.start() < place.end()) {
        pass(text, at, place.start(), out);
        out.append('[').append(place.kind()).append(']');
        passSilently(text, place.start(), place.end());
        at = place.end();
        labelled.add(place);
      }
    }
    pass(text, at, end, out);
  }

  /** Returns where a label may stand: in JSON within a string only. */
  private Finding place(String text, int at, Finding finding) {
    if (places == null) {
      return finding;
    }
    JsonPlaces there = places.copy();
    for (int i = at; i < finding.start(); i++) {
      there.pass(text.charAt(i));
    }
    int end = finding.start();
    while (end < finding.end() && there.inString()) {
      there.pass(text.charAt(end++));
    }
    // The quotation mark that ends the string stays.
    return new Finding(finding.kind(), finding.start(), there.inString() ? end : Math.max(finding.start(), end - 1));
  }

  private void pass(String text, int from, int to, StringBuilder out) {
    out.append(text, from, to);
    passSilently(text, from, to);
  }

  private void passSilently(String text, int from, int to) {
    for (int i = from; places != null && i < to; i++) {
      places.pass(text.charAt(i));
    }
  }

  /** Returns the scores of what goes out; those of tokens that have a part in a secret would tell it. */
  private List<TokenScore> scoresUntil(int end, List<Finding> labelled) {
    List<TokenScore> released = new ArrayList<>();
    int begin = held;
    while (!scores.isEmpty() && scores.peek().end() <= end) {
      Scored scored = scores.remove();
      int from = begin;
      if (labelled.stream().noneMatch(secret -> secret.start() < scored.end() && from < secret.end())) {
        released.addAll(scored.scores());
      }
      begin = scored.end();
    }
    return released;
  }

  private void forget() {
    int surplus = held - CONTEXT;
    if (surplus > 0) {
      window.delete(0, surplus);
      seen.delete(0, surplus);
      held -= surplus;
      List<Scored> later = scores.stream().map(each -> new Scored(each.end() - surplus, each.scores())).toList();
      scores.clear();
      scores.addAll(later);
    }
  }
}
