// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import io.millrace.core.document.Language;
import io.millrace.core.spi.Embedder;
import io.millrace.core.spi.Reader;
import io.millrace.memory.RegistryRerankers;
import io.millrace.memory.Reranker;
import io.millrace.online.Deadlines;
import io.millrace.online.Embedders;
import io.millrace.online.Limits;
import io.millrace.online.answer.AnswerTooLate;
import io.millrace.online.answer.Route;
import io.millrace.online.answer.Tokens;
import io.millrace.online.answer.Workers;
import io.millrace.online.http.Fields;
import io.millrace.online.http.JsonBodies;
import io.millrace.online.http.Refusal;
import io.millrace.online.model.Lease;
import io.millrace.online.model.ServedModels;
import jakarta.servlet.http.HttpServletRequest;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;

/**
 * {@code POST /v1/rerank}, in the shape that Jina, Cohere and vLLM share: documents in the order in which they bear
 * on a query. The domain's span reader judges where one is served for the query's language, for it reads both
 * together; otherwise it is the likeness of vectors. The domain's re-rankers judge where they are named. The response says who judged.
 */
@RestController
public final class RerankApi {

  /** Whoever judges best. */
  static final String RERANKER = "millrace-reranker";

  private static final int LONGEST = 32_768;

  private final Embedders embedders;
  private final RegistryRerankers rerankers;
  private final ServedModels models;
  private final Workers workers;
  private final JsonBodies bodies;
  private final Limits limits;
  private final Deadlines deadlines;

  public RerankApi(
      Embedders embedders,
      RegistryRerankers rerankers,
      ServedModels models,
      Workers workers,
      JsonBodies bodies,
      Limits limits,
      Deadlines deadlines) {
    this.embedders = embedders;
    this.rerankers = rerankers;
    this.models = models;
    this.workers = workers;
    this.bodies = bodies;
    this.limits = limits;
    this.deadlines = deadlines;
  }

  /**
   * Scores of documents.
   *
   * @param model name and version of who judged
   * @param relevance from 0 to 1, in the order of the documents
   */
  private record Judgement(String model, List<Double> relevance) {}

  /** Puts documents into order. */
  @PostMapping("/v1/rerank")
  public Map<String, Object> rerank(HttpServletRequest request) throws IOException {
    Asking asking = Asking.of(request, bodies, models, deadlines);
    Fields body = asking.body();
    String model = body.optionalText("model", 256).orElse(RERANKER);
    String query = body.text("query", limits.questionCharacters());
    List<String> documents = documents(body);
    int most = body.integer("top_n", 1, Integer.MAX_VALUE, documents.size());
    boolean shown = body.flag("return_documents", true);
    Judgement judgement;
    try {
      judgement = workers.within(asking.deadline(), () -> judge(model, query, documents, asking));
    } catch (TimeoutException e) {
      throw new AnswerTooLate("the documents could not be judged in time: send fewer at once");
    }
    int tokens = Tokens.count(query) + documents.stream().mapToInt(Tokens::count).sum();
    asking.caller().charge(tokens);
    List<Map<String, Object>> results =
        IntStream.range(0, documents.size()).boxed()
            .sorted(Comparator.comparing(judgement.relevance()::get, Comparator.reverseOrder()))
            .limit(most)
            .map(place -> result(place, judgement, shown ? Optional.of(documents.get(place)) : Optional.empty()))
            .toList();
    return Map.of(
        "id", "rerank-" + asking.trace(), "object", "list", "model", judgement.model(), "results", results,
        "usage", Map.of("prompt_tokens", tokens, "total_tokens", tokens));
  }

  private static Map<String, Object> result(int place, Judgement judgement, Optional<String> document) {
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("index", place);
    result.put("relevance_score", judgement.relevance().get(place));
    document.ifPresent(text -> result.put("document", Map.of("text", text)));
    return result;
  }

  private Judgement judge(String model, String query, List<String> documents, Asking asking) {
    Language language = Language.of(query);
    if (model.equals(RERANKER) || model.equals(Route.READER.model())) {
      try (Lease<Reader> reader = models.of(asking.user()).reader(language).orElse(null)) {
        if (reader != null) {
          List<Double> relevance =
              reader.model().read(query, documents).stream().map(span -> 1 / (1 + Math.exp(-span.score()))).toList();
          return new Judgement(reader.version().reference(), relevance);
        }
      }
      if (!model.equals(RERANKER)) {
        throw Refusal.notFound(
            "model_not_found", "model",
            "no reader is served for queries in the language '" + language.code() + "': use " + RERANKER);
      }
    }
    for (Reranker each : rerankers.all().values()) {
      if (each.model().equals(model)) {
        return new Judgement(
            model, Arrays.stream(each.scores(query, documents)).map(score -> 1 / (1 + Math.exp(-score))).boxed().toList());
      }
    }
    Embedder embedder = embedder(model, language);
    float[] wanted = embedder.embedQueries(List.of(query)).getFirst();
    return new Judgement(
        embedder.model(), embedder.embedPassages(documents).stream().map(vector -> likeness(wanted, vector)).toList());
  }

  private Embedder embedder(String model, Language language) {
    if (model.equals(RERANKER)) {
      Embedder own = embedders.byLanguage().get(language);
      return own == null ? embedders.all().getFirst() : own;
    }
    return embedders.all().stream().filter(embedder -> embedder.model().equals(model)).findFirst()
        .orElseThrow(() -> ModelNames.unknown(model, names()));
  }

  private List<String> names() {
    List<String> names = new ArrayList<>(List.of(RERANKER, Route.READER.model()));
    rerankers.all().values().forEach(each -> names.add(each.model()));
    embedders.all().forEach(embedder -> names.add(embedder.model()));
    return names;
  }

  private static double likeness(float[] a, float[] b) {
    double product = 0;
    for (int i = 0; i < a.length; i++) {
      product += a[i] * (double) b[i];
    }
    return Math.clamp(product, 0, 1);
  }

  /** Documents are texts, or objects with a text. */
  private List<String> documents(Fields body) {
    List<String> documents = new ArrayList<>();
    for (JsonNode each : body.list("documents", limits.batch())) {
      String name = "documents[" + documents.size() + "]";
      JsonNode text = each.isObject() && each.has("text") ? each.get("text") : each;
      documents.add(Fields.text(text, name, LONGEST));
    }
    if (documents.isEmpty()) {
      throw Refusal.badRequest("documents", "documents is missing or empty: send a list of texts");
    }
    return documents;
  }
}
