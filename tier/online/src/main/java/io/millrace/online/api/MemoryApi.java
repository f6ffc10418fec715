// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.millrace.core.log.Eviction;
import io.millrace.core.settings.VectorPrecision;
import io.millrace.memory.DocumentView;
import io.millrace.memory.Growth;
import io.millrace.memory.IndexGenerations;
import io.millrace.memory.PassageIndex;
import io.millrace.memory.RegistryRerankers;
import io.millrace.memory.learning.WeightLearning;
import io.millrace.online.http.Fields;
import io.millrace.online.http.JsonBodies;
import io.millrace.online.http.Refusal;
import io.millrace.online.security.ApiKey.Role;
import io.millrace.online.security.Caller;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** {@code /v1/memory}: how large the memory is and may be, what left it and why, and bringing it back. */
@RestController
public final class MemoryApi {

  private static final int USUAL = 50;
  private static final int MOST = 1_000;

  private final Growth growth;
  private final IndexGenerations index;
  private final RegistryRerankers rerankers;
  private final DocumentView documents;
  private final WeightLearning learning;
  private final JsonBodies bodies;

  public MemoryApi(
      Growth growth,
      IndexGenerations index,
      RegistryRerankers rerankers,
      DocumentView documents,
      WeightLearning learning,
      JsonBodies bodies) {
    this.growth = growth;
    this.index = index;
    this.rerankers = rerankers;
    this.documents = documents;
    this.learning = learning;
    this.bodies = bodies;
  }

  /**
   * The memory.
   *
   * @param budget what it may be; 0 for no limit
   * @param memory what is searched
   * @param vectors precision and size of embeddings
   * @param embedders by which models passages are embedded, and the change to others that is under way
   * @param rerankers which models read the best candidates, by language code, and what their opinion weighs beside 1 for all other evidence
   * @param archive what was moved out
   * @param disk bytes of files
   * @param ranking what evidence weighs
   * @param evictions latest decisions, latest first
   */
  public record Memory(
      Budget budget,
      Held memory,
      Vectors vectors,
      Embedded embedders,
      Map<String, Reading> rerankers,
      Archive archive,
      Disk disk,
      Ranks ranking,
      List<Eviction> evictions) {}

  /** A re-ranker in use. */
  public record Reading(String model, double weight) {}

  /**
   * What evidence weighs.
   *
   * @param learns whether weights are learned from feedback here
   * @param weights in use, with how learning stands
   * @param trouble what keeps weights from being learned or used; null when all is well
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Ranks(boolean learns, List<WeightLearning.Report> weights, @Nullable String trouble) {}

  /** Limits; {@code repeats} says whether documents that nearly repeat others are kept or merged. */
  public record Budget(long documents, long megabytes, long vectorMegabytes, List<String> pinned, String repeats) {}

  /**
   * What is searched.
   *
   * @param bytes of the index, estimated from texts and embeddings: what budgets are held against
   * @param vectorBytes that embeddings and their graph take in memory, estimated likewise
   * @param pinned documents that must stay
   * @param repeated documents that others in memory nearly repeat
   */
  public record Held(long documents, long passages, long bytes, long vectorBytes, long pinned, long repeated) {}

  /**
   * Embeddings in the index.
   *
   * @param precision of those that searches walk through
   * @param graphBytes of the graph
   * @param walkedBytes of the embeddings of that precision: with the graph, what should fit in memory
   * @param exactBytes of the exact ones, which stay on disk
   */
  public record Vectors(String precision, long graphBytes, long walkedBytes, long exactBytes) {}

  /**
   * Models of embeddings.
   *
   * @param models names by language code
   * @param next those by which all passages are being embedded anew; null when none are
   */
  public record Embedded(Map<String, String> models, @Nullable Next next) {}

  /**
   * A change of models, during which searches use the ones before.
   *
   * @param models names by language code
   * @param embedded passages that are embedded by them
   * @param of as many as are to be
   */
  public record Next(Map<String, String> models, long embedded, long of) {}

  /** What was moved out and is kept; {@code merged} of these documents are there because others in memory stand for them. */
  public record Archive(long documents, long merged) {}

  /** Bytes of files: of the index with its archive, and of whole documents with their versions. */
  public record Disk(long index, long documents) {}

  /** Shows the budget, what is used of it, and the latest decisions. */
  @GetMapping("/v1/memory")
  public Memory get(@RequestParam(defaultValue = "" + USUAL) int limit, HttpServletRequest request) {
    Caller.overview(request);
    if (limit < 0 || limit > MOST) {
      throw Refusal.badRequest("limit", "limit is " + limit + ": it must be from 0 to " + MOST);
    }
    Growth.Report report = growth.report();
    return new Memory(
        new Budget(
            report.budget().documents(), report.budget().megabytes(), report.budget().vectorMegabytes(), report.budget().pinned(),
            report.budget().repeats().text()),
        new Held(report.documents(), index.counts().passages(), report.bytes(), report.vectorBytes(), report.pinned(), report.repeated()),
        vectors(report.budget().vectors()),
        new Embedded(
            index.models(),
            index.succession().map(next -> new Next(next.models(), next.embedded(), next.of())).orElse(null)),
        reading(),
        new Archive(report.archived(), report.merged()),
        new Disk(index.bytesOnDisk(), documents.bytesOnDisk()),
        new Ranks(learning.learns(), learning.report(), learning.trouble().orElse(null)),
        growth.latest(limit));
  }

  private Map<String, Reading> reading() {
    Map<String, Reading> reading = new TreeMap<>();
    rerankers.all().forEach((language, model) -> reading.put(language.code(), new Reading(model.model(), model.weight())));
    return reading;
  }

  private Vectors vectors(VectorPrecision precision) {
    PassageIndex.VectorBytes bytes = index.vectorBytes();
    return new Vectors(precision.text(), bytes.graph(), bytes.walked(precision), bytes.exact());
  }

  /** Brings documents back from the archive. */
  @PostMapping("/v1/memory/restore")
  public Map<String, Object> restore(HttpServletRequest request) throws IOException {
    Caller caller = Caller.of(request);
    caller.require(Role.WRITE);
    Fields body = bodies.object(request);
    List<String> named = new ArrayList<>(body.texts("documents", MOST, 512));
    body.optionalText("document", 512).ifPresent(named::add);
    if (named.isEmpty()) {
      throw Refusal.badRequest("documents", "name what to restore: {\"document\": \"…\"} or {\"documents\": [\"…\"]}");
    }
    for (String document : named) {
      if (documents.document(document, caller.access()).isEmpty()) {
        throw Refusal.notFound("document_not_found", "documents", "there is no document '" + document + "'");
      }
      if (growth.expired(document)) {
        throw Refusal.conflict(
            "expired", "the time of '" + document + "' has passed, and nothing was restored: put it again with a later validUntil, or without one");
      }
    }
    List<String> restored = new ArrayList<>();
    for (String document : named) {
      try {
        if (growth.restore(document)) {
          restored.add(document);
        }
      } catch (IllegalStateException e) {
        throw Refusal.conflict("expired", String.valueOf(e.getMessage()));
      }
    }
    return Map.of("status", "accepted", "restored", restored);
  }
}
