// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.answer;

import io.millrace.core.document.Language;
import io.millrace.core.spi.Deadline;
import io.millrace.core.spi.Generator.Finish;
import io.millrace.core.spi.Reader;
import io.millrace.core.spi.Reader.Span;
import io.millrace.core.spi.Retriever.Hit;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** Lets a span reader read the best hits and says what it found in whole sentences. */
final class Reading {

  /** Hits that are read; the answer is hardly ever further down. */
  private static final int MOST = 8;
  /** Passages between two looks at the clock. */
  private static final int BATCH = 2;
  /** Sentences that share so much of their words say the same. */
  private static final double SAME = 0.7;

  private final Reader reader;
  private final String model;
  private final String question;
  private final List<Hit> hits;
  // By rank among the hits; null where nothing was read.
  private final @Nullable Span[] spans;

  private Reading(Reader reader, String model, String question, List<Hit> hits) {
    this.reader = reader;
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
    Reading reading = new Reading(reader, model, question, hits);
    List<Integer> wanted = new ArrayList<>();
    Language language = reader.language();
    for (int i = 0; i < hits.size() && wanted.size() < MOST; i++) {
      if (hits.get(i).passage().language() == language) {
        wanted.add(i);
      }
    }
    for (int from = 0; from < wanted.size() && !deadline.expired(); from += BATCH) {
      List<Integer> batch = wanted.subList(from, Math.min(wanted.size(), from + BATCH));
      List<Span> read = reader.read(question, batch.stream().map(i -> hits.get(i).passage().text()).toList());
      for (int i = 0; i < batch.size(); i++) {
        reading.spans[batch.get(i)] = read.get(i);
      }
    }
    return reading;
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

  /** Returns whether all hits that should have been read were. */
  boolean complete() {
    long read = Arrays.stream(spans).filter(Objects::nonNull).count();
    long wanted = hits.stream().filter(hit -> hit.passage().language() == reader.language()).count();
    return read >= Math.min(MOST, wanted);
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
    StringBuilder text = new StringBuilder(best.sentence()).append(' ');
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
            citations,
            evidence,
            read + Tokens.count(question),
            Tokens.count(text),
            Finish.STOP));
  }

  /** Returns what answers, best first. */
  private List<Finding> findings() {
    List<Finding> findings = new ArrayList<>();
    double top = hits.isEmpty() ? 1 : hits.getFirst().score();
    for (int rank = 0; rank < spans.length; rank++) {
      Span span = spans[rank];
      if (span != null && span.answered()) {
        // Log-odds of the reader plus the logarithm of the retrieval score, as a prior that the passage is the one.
        double prior = Math.log(Math.max(1e-3, top > 0 ? hits.get(rank).score() / top : 1));
        String sentence = Excerpts.around(hits.get(rank).passage().text(), span.start(), span.end());
        findings.add(new Finding(rank, sentence, span.score() + prior));
      }
    }
    findings.sort(Comparator.comparingDouble(Finding::score).reversed());
    return findings;
  }

  /**
   * Words that answer.
   *
   * @param rank of the hit, from 0
   * @param sentence that holds them
   * @param score higher is better
   */
  private record Finding(int rank, String sentence, double score) {}
}
