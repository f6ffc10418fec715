// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.answer;

import io.millrace.core.generation.Generation;
import io.millrace.core.generation.Generation.Finish;
import io.millrace.core.generation.GenerationRequest;
import io.millrace.core.generation.Piece;
import io.millrace.core.generation.Prompt;
import io.millrace.core.spi.Generator;
import io.millrace.core.spi.GeneratorBusy;
import io.millrace.core.spi.Guard.Decision;
import io.millrace.core.spi.Guard.Verdict;
import io.millrace.core.spi.Reader;
import io.millrace.core.spi.Retriever;
import io.millrace.core.spi.Retriever.Hit;
import io.millrace.core.spi.Retriever.Query;
import io.millrace.core.time.Deadline;
import io.millrace.engine.upstream.UpstreamFailure;
import io.millrace.guard.grounding.Answerability;
import io.millrace.memory.query.Inquiry;
import io.millrace.memory.query.PartSearch;
import io.millrace.online.Deadlines;
import io.millrace.online.Limits;
import io.millrace.online.model.Lease;
import io.millrace.online.model.Pen;
import io.millrace.online.model.ServedModels;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * The way a question travels: guard on the input, choice of the model, memory, reading or writing, guard on the
 * output, answer with citations. Every step has its share of the request's time; what a step could not do in time is
 * left out, and the answer says so.
 */
public final class AnswerPipeline {

  private static final Logger LOG = LoggerFactory.getLogger(AnswerPipeline.class);
  private static final int HITS = 12;
  private static final int WRITTEN_FROM = 5;

  private final ServedModels models;
  private final PartSearch memory;
  private final Prompts prompts;
  private final Workers workers;
  private final AnswerRecord record;
  private final Deadlines deadlines;
  private final UpstreamUse upstreamUse;
  private final Semaphore places;

  public AnswerPipeline(
      ServedModels models,
      Retriever memory,
      Prompts prompts,
      Workers workers,
      AnswerRecord record,
      Limits limits,
      Deadlines deadlines,
      UpstreamUse upstreamUse) {
    this.models = models;
    this.memory = new PartSearch(memory, workers::offer);
    this.prompts = prompts;
    this.workers = workers;
    this.record = record;
    this.deadlines = deadlines;
    this.upstreamUse = upstreamUse;
    this.places = new Semaphore(limits.concurrentAnswers());
  }

  /**
   * Answers a question.
   *
   * @param out receives the answer's text piece by piece as soon as it may be shown; together the pieces are the text
   * @throws AnswerTooLate when the deadline passed before anything could be said
   * @throws GeneratorBusy when too many questions are being answered; it says when to try again
   */
  public Answer answer(Question question, Consumer<String> out) {
    if (!places.tryAcquire()) {
      throw new GeneratorBusy("too many questions are being answered at once", Duration.ofSeconds(2));
    }
    try {
      Journey journey = new Journey(question, models.of(question.user()));
      Answer answer;
      try {
        answer = travel(journey, out);
      } finally {
        // Also where no answer comes of it: whoever tries out the guard with impossible deadlines shall be seen.
        record.judged(question.trace(), question.user(), journey.verdicts(), journey.models());
      }
      record.answered(question, journey.inquiry(), answer, journey.models());
      return answer;
    } finally {
      places.release();
    }
  }

  /** Returns how many more questions may be answered at once. */
  public int freePlaces() {
    return places.availablePermits();
  }

  private Answer travel(Journey journey, Consumer<String> out) {
    Verdict admission = checkInput(journey);
    if (admission.decision() == Decision.REFUSE) {
      return refuse(journey, admission, out);
    }
    List<Hit> hits = retrieve(journey);
    Answerability answerability = Answerability.of(journey.sought(), hits);
    if (!answerability.answerable()) {
      if (!answerability.unknown().isEmpty()) {
        journey.note("no passage that was found has: " + String.join(", ", answerability.unknown()));
      }
      return say(journey, Quoting.nearest(journey.phrases(), journey.sought(), hits), false, out);
    }
    // A question that could not be judged is answered by quotations only: they hold nothing that it made up.
    if (admission.decision() != Decision.QUOTE) {
      Iterator<Route> ways =
          RoutePolicy.ways(journey.question().route(), upstreamUse, journey.language(), journey.models()).iterator();
      while (ways.hasNext()) {
        try {
          Optional<Answer> answer = go(ways.next(), journey, hits, out);
          if (answer.isPresent()) {
            return answer.get();
          }
        } catch (GeneratorBusy e) {
          if (!ways.hasNext()) {
            throw e;
          }
          journey.note("a language model had too much to do: " + e.getMessage());
        }
      }
    }
    return quote(journey, hits, out);
  }

  private Optional<Answer> go(Route way, Journey journey, List<Hit> hits, Consumer<String> out) {
    return switch (way) {
      case DECODER -> write(journey, journey.models().decoder(), hits, out);
      case UPSTREAM -> write(journey, journey.models().upstream(), hits, out);
      case READER, BEST -> read(journey, hits, out);
    };
  }

  private Verdict checkInput(Journey journey) {
    Verdict verdict = judged(journey, Step.GUARD, "input", () -> journey.guard().checkInput(journey.question().text()));
    journey.judged("input", verdict);
    if (verdict.decision() != Decision.REFUSE && !journey.question().history().isEmpty()) {
      checkDialogue(journey);
    }
    return verdict;
  }

  /** Clients send earlier turns again, refused ones too, and an attack may be spread over several of them. */
  private void checkDialogue(Journey journey) {
    String said = journey.question().saidByUser();
    Verdict verdict = judged(journey, Step.GUARD, "dialogue", () -> journey.guard().checkInput(said));
    if (verdict.decision() == Decision.REFUSE) {
      journey.judged("dialogue", verdict);
      journey.note("what was said before was left out of account: " + verdict.reason());
      journey.forgetHistory();
    }
  }

  private List<Hit> retrieve(Journey journey) {
    return journey.timed(
        Step.RETRIEVE,
        () -> {
          Deadline whole = journey.question().deadline().atMost(Duration.ofMillis(deadlines.retrieve()));
          Deadline dense = journey.question().deadline().atMost(Duration.ofMillis(deadlines.retrieve() / 2));
          try {
            Inquiry inquiry = journey.inquiry();
            Query query =
                new Query(inquiry.text(), null, HITS, "", dense, journey.question().access(), inquiry.aim());
            Retriever.Result found = workers.within(whole, () -> memory.search(query, inquiry)).result();
            understood(journey, inquiry);
            journey.note(found.notes());
            journey.retrieved(Retrieved.of(found.hits(), journey.guard()));
            found.hits().forEach(hit -> journey.rests(hit.passage().labels()));
            return found.hits();
          } catch (TimeoutException e) {
            throw new AnswerTooLate(
                "the sources could not be searched in time: allow more with X-Millrace-Timeout-Ms, or ask again");
          }
        });
  }

  /** Who asks sees what was searched for where it is not what was asked. */
  private static void understood(Journey journey, Inquiry inquiry) {
    if (inquiry.rewritten()) {
      journey.note("searched for, after what was said before: \"" + shown(journey, inquiry.text()) + "\"");
    }
    if (inquiry.parted()) {
      journey.note("searched as a whole and by its parts: \"" + shown(journey, String.join("\", \"", inquiry.parts())) + "\"");
    }
  }

  private static String shown(Journey journey, String text) {
    return journey.guard().redact(text.replace('\n', ' ')).text();
  }

  /** Answers with the words that the span reader points at; nothing where it finds none that are borne out. */
  private Optional<Answer> read(Journey journey, List<Hit> hits, Consumer<String> out) {
    Optional<Reading> reading = journey.timed(Step.READ, () -> reading(journey, hits));
    Optional<Draft> draft = reading.flatMap(Reading::draft);
    if (draft.isEmpty()) {
      return Optional.empty();
    }
    Verdict verdict =
        judged(
            journey, Step.CHECK, "output",
            () ->
                journey.guard().checkOutput(
                    journey.question().text(), Markers.removed(draft.get().text()), draft.get().evidence()));
    journey.judged("output", verdict);
    return switch (verdict.decision()) {
      case ALLOW, REDACT -> Optional.of(say(journey, draft.get(), true, out));
      case QUOTE -> Optional.empty();
      case REFUSE -> Optional.of(refuse(journey, verdict, out));
    };
  }

  private Optional<Reading> reading(Journey journey, List<Hit> hits) {
    Deadline whole = journey.question().deadline().atMost(Duration.ofMillis(deadlines.read()));
    // What was read by then is used; the rest of the time is for the passages that are being read just then.
    Deadline begun = journey.question().deadline().atMost(Duration.ofMillis(deadlines.read() * 3L / 4));
    try {
      Optional<Reading> reading =
          workers.within(
              whole,
              () -> {
                // Taken here, so that the model stays in memory although nobody may wait for it any more.
                try (Lease<Reader> reader = journey.models().reader(journey.language()).orElse(null)) {
                  return reader == null
                      ? Optional.<Reading>empty()
                      : Optional.of(Reading.of(
                              reader.model(), reader.version().reference(), journey.sought(), hits, begun));
                }
              });
      reading.ifPresent(done -> {
        journey.retrieved(done.scored(journey.retrieved()));
        if (done.late()) {
          journey.note("some passages were not read: the deadline passed");
        }
      });
      return reading;
    } catch (TimeoutException e) {
      journey.note("the passages were not read: the deadline passed");
      return Optional.empty();
    } catch (IllegalStateException e) {
      LOG.error("the reader failed; the answer is limited to quotations", e);
      journey.note("the passages were not read: the model failed");
      return Optional.empty();
    }
  }

  /**
   * Lets a language model write; each sentence goes out as soon as it was found supported. Nothing where none of it
   * was, or where the model failed before.
   */
  private Optional<Answer> write(Journey journey, Optional<Pen> taken, List<Hit> hits, Consumer<String> out) {
    List<Hit> given = hits.subList(0, Math.min(WRITTEN_FROM, hits.size()));
    try (Pen pen = taken.orElse(null)) {
      if (pen == null) {
        return Optional.empty();
      }
      Prompts.Prompt prompt;
      try {
        prompt = prompt(journey, pen, given);
      } catch (IllegalArgumentException e) {
        journey.note("the language model was not asked: " + e.getMessage());
        return Optional.empty();
      }
      Scrutiny scrutiny = new Scrutiny(journey, prompt, given, check -> judged(journey, Step.CHECK, "output", check));
      Dictation dictation = new Dictation(scrutiny::pass, out);
      @Nullable Generation generation = null;
      try {
        generation = generate(journey, pen.model(), prompt, dictation);
        dictation.end();
      } catch (UpstreamFailure e) {
        LOG.warn("{} did not answer: {}", pen.reference(), e.getMessage());
        journey.note("the upstream did not answer: " + journey.guard().redact(String.valueOf(e.getMessage())).text());
      } catch (IllegalArgumentException e) {
        LOG.warn("{} refused a prompt: {}", pen.reference(), e.getMessage());
        journey.note("the language model refused the prompt: " + e.getMessage());
      } catch (IllegalStateException e) {
        // The sources are at hand: what went out stays, or else they are quoted.
        LOG.error("the language model failed in the middle of an answer", e);
        journey.note("the language model failed in the middle of the answer");
      }
      journey.judged("output", scrutiny.verdict());
      if (dictation.released().isBlank()) {
        return scrutiny.verdict().decision() == Decision.REFUSE
            ? Optional.of(refuse(journey, scrutiny.verdict(), out))
            : Optional.empty();
      }
      if (dictation.stopped()) {
        journey.note("the answer ends where the model's words were no longer supported by the sources");
      }
      Draft draft =
          new Draft(
              Mode.MODEL,
              pen.reference(),
              dictation.released(),
              0,
              scrutiny.citations(),
              scrutiny.evidence(),
              generation == null ? 0 : generation.promptTokens(),
              generation == null ? 0 : generation.completionTokens(),
              dictation.stopped() || generation == null ? Finish.STOP : generation.finish());
      return Optional.of(journey.end(draft, true));
    }
  }

  private Prompts.Prompt prompt(Journey journey, Pen pen, List<Hit> given) {
    Question question = journey.question();
    return journey.timed(
        Step.GENERATE,
        () ->
            prompts.assemble(
                pen,
                journey.language(),
                question.history(),
                question.text(),
                given,
                question.writing().maxTokens()));
  }

  private Generation generate(Journey journey, Generator model, Prompts.Prompt prompt, Dictation dictation) {
    Question question = journey.question();
    Question.Writing writing = question.writing();
    Prompt given = Prompt.of(prompt.messages());
    int room = Math.max(1, Math.min(writing.maxTokens(), model.context() - model.count(given)));
    GenerationRequest request = GenerationRequest.of(given, room)
        .with(writing.sampling())
        .withStop(writing.stop())
        .until(question.deadline().atMost(Duration.ofMillis(deadlines.generate())),
            () -> dictation.stopped() || question.cancelled().getAsBoolean());
    return journey.timed(Step.GENERATE, () -> model.generate(request, Piece.texts(dictation::write)));
  }

  private Answer quote(Journey journey, List<Hit> hits, Consumer<String> out) {
    Draft draft = Quoting.of(journey.phrases().quoting(), journey.sought(), journey.phrases(), hits);
    return say(journey, draft, true, out);
  }

  private Answer refuse(Journey journey, Verdict verdict, Consumer<String> out) {
    return say(journey, plain(journey, Mode.REFUSED, journey.phrases().refusing(verdict.reason())), false, out);
  }

  private static Draft plain(Journey journey, Mode mode, String text) {
    return new Draft(
        mode, null, text, text.length(), List.of(), List.of(), Tokens.count(journey.question().text()), Tokens.count(text), Finish.STOP);
  }

  /** Sends a finished draft out, without secrets that its sources may hold. */
  private static Answer say(Journey journey, Draft draft, boolean grounded, Consumer<String> out) {
    Draft clean = draft.redacted(journey.guard());
    Pieces.of(clean.text()).forEach(out);
    return journey.end(clean, grounded);
  }

  private Verdict judged(Journey journey, Step step, String stage, Callable<Verdict> check) {
    return journey.timed(
        step,
        () -> {
          try {
            return workers.within(journey.question().deadline().atMost(Duration.ofMillis(deadlines.guard())), check);
          } catch (TimeoutException e) {
            LOG.warn("risk control of the {} missed its deadline; the answer is limited to quotations", stage);
            return new Verdict(Decision.QUOTE, "deadline", "risk control did not decide in time", 1);
          }
        });
  }
}
