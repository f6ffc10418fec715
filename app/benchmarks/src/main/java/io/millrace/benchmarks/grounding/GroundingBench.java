// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.grounding;

import io.millrace.benchmarks.Bench;
import io.millrace.benchmarks.BenchRun;
import io.millrace.benchmarks.questions.QuestionsIndex;
import io.millrace.core.document.Document;
import io.millrace.core.document.Language;
import io.millrace.core.document.QuestionAnswer;
import io.millrace.core.json.Json;
import io.millrace.core.spi.Embedder;
import io.millrace.corpus.HeldOut;
import io.millrace.corpus.QuestionMaker;
import io.millrace.guard.grounding.Falsified;
import io.millrace.guard.grounding.GroundingScorer;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Trust: the grounding scorer, trained on a domain as {@code millrace up} does, on sentences that others made (HaluEval) and on
 * falsified ones of held-out pages and of another collection, beside simple peers; and whether questions that the sources do
 * not answer are told before anything is written.
 */
public final class GroundingBench implements Bench {

  private static final int TRAINING = 1_500;
  private static final int HELD_OUT = 500;
  private static final int QUICK = 200;
  private static final int PASSAGES = 400;
  private static final long SEED = 7;
  private static final List<String> HALUEVAL = List.of("qa_data.json", "qa_one-turn_data.json", "qa_multi-turn_data.json");
  private static final String CMRC = "cmrc2018/cmrc2018_dev.json";

  @Override
  public String name() {
    return "grounding";
  }

  @Override
  public String purpose() {
    return "whether sentences without evidence are found, and questions without an answer, in a domain and on HaluEval and CMRC 2018 (--domain, --data)";
  }

  @Override
  public boolean takesDomain() {
    return true;
  }

  @Override
  public void measure(BenchRun run) throws IOException {
    Map<Language, Embedder> embedders = QuestionsIndex.embedders();
    try {
      QuestionsIndex index = QuestionsIndex.of(run, embedders);
      GroundingScorer scorer = GroundingScorer.train(made(index, false, TRAINING), SEED);
      List<Peer> peers = List.of(Peer.overlap(), Peer.cosine(embedders));
      int most = run.quick() ? QUICK : Integer.MAX_VALUE;
      for (String file : HALUEVAL) {
        Path path = run.data().resolve("halueval").resolve(file);
        if (Files.exists(path)) {
          List<Peer> further = new ArrayList<>(peers);
          further.add(Peer.brevity());
          Comparison.measure("halueval-" + file.replaceFirst("_data\\.json$", ""), Statement.halueval(path, most), scorer, further, run);
        } else {
          run.say("halueval " + file + ": left out, it is not in " + path.getParent());
        }
      }
      for (Language language : Language.values()) {
        List<QuestionAnswer> heldOut = made(index, true, HELD_OUT).stream().filter(each -> each.language() == language).toList();
        falsified(index.pack().name() + "-" + language.code() + ", falsified", heldOut, scorer, peers, run);
      }
      falsified("cmrc2018, falsified", cmrc(run.data().resolve(CMRC), run), scorer, peers, run);
      new QuestionsWithoutEvidence(index, embedders, run).measure();
    } finally {
      embedders.values().forEach(Embedder::close);
    }
  }

  private static void falsified(
      String subject, List<QuestionAnswer> items, GroundingScorer scorer, List<Peer> peers, BenchRun run) {
    List<Statement> statements = Falsified.of(items.stream().limit(run.quick() ? QUICK : PASSAGES).toList(), SEED + 1).stream()
        .map(Statement::of).toList();
    if (!statements.isEmpty()) {
      Comparison.measure(subject, statements, scorer, peers, run);
    }
  }

  /** Questions as the domain's pipeline makes them, on pages that models see or on held-out ones. */
  private static List<QuestionAnswer> made(QuestionsIndex index, boolean heldOut, int most) {
    HeldOut pages = new HeldOut(index.pack().budgets().heldOutPercent());
    List<Document> documents = index.documents();
    List<QuestionAnswer> made = new ArrayList<>();
    for (Language language : Language.values()) {
      made.addAll(new QuestionMaker(language).make(documents, id -> pages.contains(id) == heldOut, most));
    }
    return made;
  }

  /** One question a passage, so that passages count alike. */
  private static List<QuestionAnswer> cmrc(Path file, BenchRun run) throws IOException {
    if (!Files.exists(file)) {
      run.say("cmrc2018: left out, there is no " + file);
      return List.of();
    }
    List<QuestionAnswer> items = new ArrayList<>();
    for (JsonNode article : Json.tree(Files.readAllBytes(file)).path("data")) {
      for (JsonNode paragraph : article.path("paragraphs")) {
        JsonNode question = paragraph.path("qas").path(0);
        String answer = question.path("answers").path(0).path("text").asString();
        String passage = paragraph.path("context").asString();
        items.add(
            new QuestionAnswer(
                paragraph.path("id").asString(), paragraph.path("id").asString(), Language.CHINESE, "cmrc",
                question.path("question").asString(), passage, passage.contains(answer) ? List.of(answer) : List.of()));
      }
    }
    return items;
  }
}
