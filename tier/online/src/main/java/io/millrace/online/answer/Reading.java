// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.answer;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.generation.Generation.Finish;
import io.millrace.core.spi.Reader;
import io.millrace.core.spi.Reader.Span;
import io.millrace.core.spi.Retriever;
import io.millrace.core.spi.Retriever.Hit;
import io.millrace.core.time.Deadline;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;

/** Lets a span reader read the best hits and says what it found in whole sentences. */
final class Reading {

  /** Hits that are read; the answer is hardly ever further down. */
  private static final int MOST = 8;
  /** Passages between two looks at the clock; the first ones mostly settle it. */
  private static final int BATCH = 2;
  /**
   * Log-odds above which a reader is simply sure. Trained for minutes it gives 8 to one passage and 12 to another, and
   * that says nothing: of two such passages the one that was retrieved first is right more often.
   */
  private static final double SURE = 4;
  /** Weight of the logarithm of the retrieval score. With the two below and above measured: docs/lab-notes.md. */
  private static final double RETRIEVAL = 4;
  /** Weight of being called what the question names. */
  private static final double NAME = 4;
  /** Log-odds by which a passage of exactly that name is likelier to answer than others. */
  private static final double NAMED = 6;
  /** Sentences that share so much of their words say the same. */
  private static final double SAME = 0.7;

  private final String model;
  private final String question;
  private final List<Hit> hits;
  // By rank among the hits; null where nothing was read.
  private final @Nullable Span[] spans;
  private boolean late;

  private Reading(String model, String question, List<Hit> hits) {
    this.model = model;
    this.question = question;
    this.hits = hits;
    this.spans = new Span[hits.size()];
  }

  /**
   * Reads the best hits of the reader's language until the deadline passes.
   *
   * @param model name and version under which the answer is reported
   */
  static Reading of(Reader reader, String model, String question, List<Hit> hits, Deadline deadline) {
    Reading reading = new Reading(model, question, hits);
    List<Integer> wanted =
        IntStream.range(0, hits.size())
            .filter(rank -> hits.get(rank).passage().language() == reader.language())
            .limit(MOST)
            .boxed()
            .sorted(Comparator.comparingDouble(reading::prior).reversed())
            .toList();
    for (int from = 0; from < wanted.size() && !reading.settled(wanted.get(from)); from += BATCH) {
      if (deadline.expired()) {
        reading.late = true;
        break;
      }
      List<Integer> batch = wanted.subList(from, Math.min(wanted.size(), from + BATCH));
      List<Span> read = reader.read(question, batch.stream().map(i -> hits.get(i).passage().text()).toList());
      for (int i = 0; i < batch.size(); i++) {
        reading.spans[batch.get(i)] = read.get(i);
      }
    }
    return reading;
  }

  /** How likely a passage is the one, before it is read, as a logarithm. */
  private double prior(int rank) {
    Hit hit = hits.get(rank);
    double top = hits.getFirst().score();
    // A part of a question is searched for by itself, and scores of two searches do not compare: none counts for more than the best of the whole.
    return RETRIEVAL * Math.log(Math.clamp(top > 0 ? hit.score() / top : 1, 1e-3, 1)) + NAME * name(rank);
  }

  /** How much of what the question names the passage is called, from 0 to 1. */
  private double name(int rank) {
    return hits.get(rank).evidence().stream()
        .filter(evidence -> evidence.retriever().equals("name"))
        .mapToDouble(Retriever.Evidence::normalised)
        .findFirst()
        .orElse(0);
  }

  /**
   * Whether a passage was read and answers. The reader's threshold is for passages of which every second one answers;
   * one that is called what the question names nearly always does.
   */
  private boolean answered(int rank) {
    Span span = spans[rank];
    return span != null && span.end() > span.start() && span.score() + NAMED * name(rank) > 0;
  }

  private double score(int rank, Span span) {
    return Math.min(SURE, span.score()) + prior(rank);
  }

  /** Whether nothing in the passage {@code next}, or in those after it, could beat what was found already. */
  private boolean settled(int next) {
    double best = Double.NEGATIVE_INFINITY;
    for (int rank = 0; rank < spans.length; rank++) {
      Span span = spans[rank];
      if (span != null && answered(rank) && finding(rank).isPresent()) {
        best = Math.max(best, score(rank, span));
      }
    }
    return best >= SURE + prior(next);
  }

  /** Returns what was retrieved together with the reader's scores. */
  List<Retrieved> scored(List<Retrieved> retrieved) {
    List<Retrieved> scored = new ArrayList<>();
    for (int rank = 0; rank < retrieved.size(); rank++) {
      Span span = spans[rank];
      scored.add(span == null || !Double.isFinite(span.score()) ? retrieved.get(rank) : retrieved.get(rank).withReaderScore(span.score()));
    }
    return scored;
  }

  /** Returns whether the deadline passed before all was read that might have changed the answer. */
  boolean late() {
    return late;
  }

  /** Returns the answer, or nothing when no passage was held to answer. */
  Optional<Draft> draft() {
    List<Finding> findings = findings();
    if (findings.isEmpty()) {
      return Optional.empty();
    }
    Finding best = findings.getFirst();
    List<Finding> agreeing = new ArrayList<>();
    for (Finding finding : findings) {
      if (finding.rank() == best.rank() || Excerpts.agreement(best.sentence(), finding.sentence()) >= SAME) {
        agreeing.add(finding);
      }
    }
    agreeing.sort(Comparator.comparingInt(Finding::rank));
    StringBuilder text = new StringBuilder(best.label()).append(best.sentence()).append(' ');
    List<Citation> citations = new ArrayList<>();
    List<String> evidence = new ArrayList<>();
    for (Finding finding : agreeing) {
      Hit hit = hits.get(finding.rank());
      int number = citations.size() + 1;
      text.append('[').append(number).append(']');
      citations.add(Citation.of(number, hit.passage(), finding.sentence(), finding.score()));
      evidence.add(hit.passage().text());
    }
    int read = 0;
    for (int i = 0; i < spans.length; i++) {
      read += spans[i] == null ? 0 : Tokens.count(hits.get(i).passage().text());
    }
    return Optional.of(
        new Draft(
            Mode.READER,
            model,
            text.toString(),
            0,
            citations,
            evidence,
            read + Tokens.count(question),
            Tokens.count(text),
            Finish.STOP));
  }

  /** Returns what answers, best first. */
  private List<Finding> findings() {
    List<Finding> findings = new ArrayList<>();
    for (int rank = 0; rank < spans.length; rank++) {
      if (answered(rank)) {
        finding(rank).ifPresent(findings::add);
      }
    }
    findings.sort(Comparator.comparingDouble(Finding::score).reversed());
    return findings;
  }

  /** What is said with a span; nothing when it would tell no more than the question did. */
  private Optional<Finding> finding(int rank) {
    Span span = Objects.requireNonNull(spans[rank], "a passage that was read");
    Passage passage = hits.get(rank).passage();
    String sentence = Excerpts.around(passage.text(), span.start(), span.end());
    double score = score(rank, span);
    if (sentence.equals(Excerpts.lead(passage.text()))) {
      // "Call this": a name alone is a poor answer, what it does completes it. A page's name is none at all.
      String does = Excerpts.prose(passage.text());
      return passage.heading().isBlank() || does.isEmpty()
          ? Optional.empty()
          : Optional.of(new Finding(rank, sentence + ": ", does, score));
    }
    boolean news = !Excerpts.words(question).containsAll(Excerpts.words(sentence));
    return news ? Optional.of(new Finding(rank, "", sentence, score)) : Optional.empty();
  }

  /**
   * Words that answer.
   *
   * @param rank of the hit, from 0
   * @param label what is said before the sentence; a literal part of the passage and a colon, or empty
   * @param sentence that holds them
   * @param score higher is better
   */
  private record Finding(int rank, String label, String sentence, double score) {}
}
