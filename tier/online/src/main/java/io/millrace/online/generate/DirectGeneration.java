// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.generate;

import io.millrace.core.document.Language;
import io.millrace.core.event.Event;
import io.millrace.core.generation.Generation;
import io.millrace.core.generation.Generation.Finish;
import io.millrace.core.generation.GenerationRequest;
import io.millrace.core.generation.Piece;
import io.millrace.core.generation.Prompt;
import io.millrace.core.spi.GeneratorBusy;
import io.millrace.core.spi.Guard.Decision;
import io.millrace.core.spi.Guard.Verdict;
import io.millrace.core.time.Deadline;
import io.millrace.engine.upstream.UpstreamFailure;
import io.millrace.online.Deadlines;
import io.millrace.online.Limits;
import io.millrace.online.answer.AnswerRecord;
import io.millrace.online.answer.Phrases;
import io.millrace.online.answer.StageVerdict;
import io.millrace.online.answer.UpstreamUse;
import io.millrace.online.answer.Workers;
import io.millrace.online.http.Refusal;
import io.millrace.online.model.Pen;
import io.millrace.online.model.ServedModels;
import io.millrace.online.model.UserModels;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/**
 * The way of a request to a language model without retrieval: guard on the input, the model, guard on the output word
 * by word. What an answer rests on is not judged, since it claims no sources.
 */
public final class DirectGeneration {

  private static final Logger LOG = LoggerFactory.getLogger(DirectGeneration.class);
  private static final Duration COME_BACK = Duration.ofSeconds(2);
  private static final Duration UNTIL_SERVED = Duration.ofSeconds(30);
  private static final String MODE = "direct";
  private static final int LONGEST_RECORDED = 8_000;

  private final ServedModels models;
  private final Workers workers;
  private final AnswerRecord record;
  private final Deadlines deadlines;
  private final UpstreamUse upstreamUse;
  private final Semaphore places;

  public DirectGeneration(
      ServedModels models,
      Workers workers,
      AnswerRecord record,
      Limits limits,
      Deadlines deadlines,
      UpstreamUse upstreamUse) {
    this.models = models;
    this.workers = workers;
    this.record = record;
    this.deadlines = deadlines;
    this.upstreamUse = upstreamUse;
    this.places = new Semaphore(limits.concurrentAnswers());
  }

  /**
   * Who asks.
   *
   * @param trace ties together everything that happens for the request
   * @param user opaque identity
   * @param deadline by when it must be written
   * @param gone whether nobody waits any more
   */
  public record Asker(String trace, String user, Deadline deadline, BooleanSupplier gone) {}

  /** Takes what is written as it comes; choices may speak at the same time, each on its own thread. */
  public interface Listener {
    /** Takes more of a choice. */
    void piece(int choice, Piece piece);

    /** Takes the end of a choice, of which there is nothing more then. */
    void ended(int choice, Outcome.Choice whole);

    /** Waits for the outcome. */
    static Listener none() {
      return new Listener() {
        @Override
        public void piece(int choice, Piece piece) {}

        @Override
        public void ended(int choice, Outcome.Choice whole) {}
      };
    }
  }

  /**
   * Writes what is wanted.
   *
   * @throws GeneratorBusy when there is too much to do; it says when to try again
   * @throws Refusal when the model cannot serve the request as it is, or is not there
   * @throws UpstreamFailure when another server was to write and did not
   */
  public Outcome write(Wish wish, Asker asker, Listener out) {
    if (!places.tryAcquire()) {
      throw new GeneratorBusy("too many requests are being answered at once", COME_BACK);
    }
    try {
      UserModels mine = models.of(asker.user());
      List<StageVerdict> verdicts = new ArrayList<>();
      Outcome outcome;
      try {
        outcome = guarded(wish, asker, mine, verdicts, out);
      } finally {
        record.judged(asker.trace(), asker.user(), verdicts, mine);
      }
      record.answered(event(wish, asker, outcome), wish.by().model(), mine);
      return outcome;
    } finally {
      places.release();
    }
  }

  private Outcome guarded(Wish wish, Asker asker, UserModels mine, List<StageVerdict> verdicts, Listener out) {
    long begin = System.nanoTime();
    Map<String, Double> timings = new LinkedHashMap<>();
    Optional<Verdict> objection = objection(wish, asker, mine, verdicts);
    timings.put("guard", millisSince(begin));
    if (objection.isPresent()) {
      timings.put("total", millisSince(begin));
      String reason = refusing(wish, objection.get());
      Outcome.Choice refused = new Outcome.Choice("", List.of(), List.of(), Finish.STOP, reason);
      for (int i = 0; i < wish.choices(); i++) {
        out.ended(i, refused);
      }
      return new Outcome("", Collections.nCopies(wish.choices(), refused), 0, 0, 0, verdicts, timings);
    }
    long from = System.nanoTime();
    Outcome written = written(wish, asker, mine, verdicts, out);
    timings.put("generate", millisSince(from));
    timings.put("total", millisSince(begin));
    return new Outcome(
        written.model(), written.choices(), written.promptTokens(), written.cachedTokens(), written.completionTokens(),
        verdicts, timings);
  }

  /** Judges what the user says last, and all of it together: an attack may be spread over several turns. */
  private Optional<Verdict> objection(Wish wish, Asker asker, UserModels mine, List<StageVerdict> verdicts) {
    Map<String, String> stages = new LinkedHashMap<>();
    stages.put("input", wish.asked());
    if (!wish.saidByUser().equals(wish.asked())) {
      stages.put("dialogue", wish.saidByUser());
    }
    for (Map.Entry<String, String> stage : stages.entrySet()) {
      Verdict verdict;
      try {
        Deadline deadline = asker.deadline().atMost(Duration.ofMillis(deadlines.guard()));
        verdict = workers.within(deadline, () -> mine.guard().checkInput(stage.getValue()));
      } catch (TimeoutException e) {
        verdict = new Verdict(Decision.QUOTE, "deadline", "risk control did not decide in time", 1);
      }
      verdicts.add(StageVerdict.of(stage.getKey(), verdict, mine.guardVersion()));
      // There are no sources that could be quoted instead.
      if (verdict.decision() == Decision.REFUSE || verdict.decision() == Decision.QUOTE) {
        return Optional.of(verdict);
      }
    }
    return Optional.empty();
  }

  /** Asks one model after the other until one writes. */
  private Outcome written(Wish wish, Asker asker, UserModels mine, List<StageVerdict> verdicts, Listener out) {
    Iterator<Boolean> ways = ways(wish.by(), mine).iterator();
    while (ways.hasNext()) {
      boolean upstream = ways.next();
      try (Pen pen = (upstream ? mine.upstream() : mine.decoder()).orElse(null)) {
        if (pen == null) {
          continue;
        }
        if (!upstream) {
          requireRoomAndAdapter(wish, pen);
        }
        Chorus chorus = new Chorus(wish, request(wish, asker), pen, mine.guard(), out);
        try {
          return chorus.sing(verdict -> refusing(wish, verdict), verdict ->
              verdicts.add(StageVerdict.of("output", verdict, mine.guardVersion())));
        } catch (GeneratorBusy | UpstreamFailure e) {
          if (chorus.heard() || !ways.hasNext()) {
            throw e;
          }
          LOG.warn("{} does not write, so the next is asked: {}", pen.reference(), e.getMessage());
        } catch (IllegalArgumentException e) {
          throw Refusal.badRequest(null, String.valueOf(e.getMessage()));
        }
      }
    }
    throw wish.by().upstream()
        ? Refusal.notFound("model_not_found", "model",
            "no upstream is configured: see gateway.upstream in millrace.yaml")
        : Refusal.unavailable(
            "model_not_served",
            "no language model is served here now: train one and promote it, or configure gateway.upstream",
            UNTIL_SERVED);
  }

  /**
   * What an upstream takes is known over there only. A text has no more tokens than bytes: most need not be counted.
   */
  private static void requireRoomAndAdapter(Wish wish, Pen pen) {
    List<String> adapters = pen.model().adapters();
    if (!wish.by().adapter().isEmpty() && !adapters.contains(wish.by().adapter())) {
      throw Refusal.notFound(
          "model_not_found", "model",
          "there is no adapter '" + wish.by().adapter() + "' here; "
              + (adapters.isEmpty() ? "there are none" : "use one of: " + String.join(", ", adapters)));
    }
    int context = pen.model().context();
    if (wish.mostTokens() < context) {
      return;
    }
    int tokens = pen.model().count(wish.what().prompt());
    if (tokens >= context) {
      throw Refusal.tooLong(
          wish.what().prompt() instanceof Prompt.Text ? "prompt" : "messages",
          "the prompt has " + tokens + " tokens, which leaves no room for an answer: " + pen.reference()
              + " reads and writes "
              + context + " together; shorten it");
    }
  }

  /** Returns whether another server is asked, in the order in which they are. */
  private List<Boolean> ways(GeneratorName name, UserModels mine) {
    if (name.upstream()) {
      return List.of(true);
    }
    if (!name.adapter().isEmpty()) {
      return List.of(false);
    }
    return switch (upstreamUse) {
      case FIRST -> List.of(true, false);
      case FALLBACK -> List.of(false, true);
      // A domain without a language model of its own has that of the other server.
      case NAMED -> List.of(mine.decoderVersion().isEmpty());
    };
  }

  private GenerationRequest request(Wish wish, Asker asker) {
    Deadline deadline = asker.deadline().atMost(Duration.ofMillis(deadlines.generate()));
    return wish.what().until(deadline, asker.gone());
  }

  private static String refusing(Wish wish, Verdict verdict) {
    return Phrases.of(Language.of(wish.asked())).refusing(verdict.reason());
  }

  private static Event.Answered event(Wish wish, Asker asker, Outcome outcome) {
    Outcome.Choice first = outcome.choices().getFirst();
    return new Event.Answered(
        UUID.randomUUID().toString(), Instant.now(), asker.trace(), asker.user(), shortened(wish.asked()),
        shortened(first.refused() ? first.refusal() : first.text()), first.refused() ? "refused" : MODE,
        outcome.model(), List.of(), outcome.promptTokens(), outcome.completionTokens(), outcome.timings(), Set.of());
  }

  /** The log is for what people ask, not for the texts that programs have continued. */
  private static String shortened(String text) {
    if (text.length() <= LONGEST_RECORDED) {
      return text;
    }
    int end = Character.isHighSurrogate(text.charAt(LONGEST_RECORDED - 1)) ? LONGEST_RECORDED - 1 : LONGEST_RECORDED;
    return text.substring(0, end) + "…";
  }

  private static double millisSince(long nanoTime) {
    return Math.round((System.nanoTime() - nanoTime) / 1_000.0) / 1_000.0;
  }
}
