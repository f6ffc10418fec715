// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import io.millrace.core.registry.ArtifactVersion;
import io.millrace.core.spi.Embedder;
import io.millrace.core.spi.Generator;
import io.millrace.online.answer.Route;
import io.millrace.online.generate.GeneratorName;
import io.millrace.online.model.ServedModels;
import io.millrace.online.security.ApiKey.Role;
import io.millrace.online.security.Caller;
import jakarta.servlet.http.HttpServletRequest;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/** {@code GET /v1/models}: what clients can name as a model, and what serves it. */
@RestController
public final class ModelsApi {

  private static final List<String> GENERATES =
      List.of("chat.completions", "completions", "responses", "tools", "response_format", "structured_outputs",
          "logprobs", "n");

  private final ServedModels models;
  private final List<? extends Embedder> embedders;
  private final Instant started = Instant.now();

  public ModelsApi(ServedModels models, List<? extends Embedder> embedders) {
    this.models = models;
    this.embedders = embedders;
  }

  /** Lists the models. */
  @GetMapping("/v1/models")
  public Map<String, Object> list(HttpServletRequest request) {
    Caller.of(request).require(Role.ASK);
    return Map.of("object", "list", "data", entries());
  }

  /** Describes a model. */
  @GetMapping("/v1/models/{model}")
  public Map<String, Object> one(@PathVariable String model, HttpServletRequest request) {
    Caller.of(request).require(Role.ASK);
    List<Map<String, Object>> entries = entries();
    return entries.stream()
        .filter(entry -> model.equals(entry.get("id")))
        .findFirst()
        .orElseThrow(
            () -> ModelNames.unknown(model, entries.stream().map(entry -> String.valueOf(entry.get("id"))).toList()));
  }

  private List<Map<String, Object>> entries() {
    List<ArtifactVersion> versions = models.versions();
    List<ArtifactVersion> readers = versions.stream().filter(ModelsApi::reads).toList();
    List<ArtifactVersion> decoders = versions.stream().filter(ModelsApi::writes).toList();
    List<ArtifactVersion> both = new ArrayList<>(readers);
    both.addAll(decoders);
    List<Map<String, Object>> entries = new ArrayList<>();
    entries.add(entry(Route.BEST.model(), "route", both, ModelsApi::answers));
    entries.add(entry(Route.READER.model(), "reader", readers, ModelsApi::reads));
    entries.add(entry(Route.DECODER.model(), "decoder", decoders, ModelsApi::writes));
    if (models.upstream().isPresent()) {
      entries.add(entry(Route.UPSTREAM.model(), started, upstream(models.upstream().get())));
    }
    entries.addAll(generators(decoders));
    if (models.upstream().isPresent()) {
      entries.add(
          entry(GeneratorName.UPSTREAM, started, able(upstream(models.upstream().get()), GENERATES)));
    }
    entries.add(
        entry(RerankApi.RERANKER, started, able(details("reranker", reranker(readers), Map.of()), List.of("rerank"))));
    for (Embedder embedder : embedders) {
      Map<String, Object> details =
          able(details("embedder", embedder.model(), Map.of()), List.of("embeddings", "rerank"));
      details.put("dimension", embedder.dimension());
      entries.add(entry(embedder.model(), started, details));
    }
    return entries;
  }

  /** Several versions serve one name where each language has its own; scores then carry the version's name. */
  private Map<String, Object> entry(
      String id, String kind, List<ArtifactVersion> versions, Predicate<ArtifactVersion> ofKind) {
    Map<String, Double> scores = new TreeMap<>();
    for (ArtifactVersion version : versions) {
      String prefix = versions.size() == 1 ? "" : version.name().substring(version.name().indexOf('/') + 1) + ".";
      version.scores().forEach((name, value) -> scores.put(prefix + name, value));
    }
    Instant created = versions.stream().map(ArtifactVersion::createdAt).max(Instant::compareTo).orElse(started);
    String version = String.join(", ", versions.stream().map(ArtifactVersion::reference).toList());
    Map<String, Object> details = able(details(kind, version, scores), List.of("chat.completions"));
    String trial = String.join(", ", models.trials().stream().filter(ofKind).map(ArtifactVersion::reference).toList());
    if (!trial.isEmpty()) {
      details.put("trial", trial);
    }
    return entry(id, created, details);
  }

  /** The language model by itself, and with each of its adapters. */
  private List<Map<String, Object>> generators(List<ArtifactVersion> decoders) {
    String version = String.join(", ", decoders.stream().map(ArtifactVersion::reference).toList());
    Instant created = decoders.stream().map(ArtifactVersion::createdAt).max(Instant::compareTo).orElse(started);
    Map<String, Object> whole =
        entry(GeneratorName.GENERATOR, created, able(details("generator", version, Map.of()), GENERATES));
    List<Map<String, Object>> entries = new ArrayList<>(List.of(whole));
    models.of("").decoder().ifPresent(pen -> {
      try (pen) {
        whole.put("max_model_len", pen.model().context());
        for (String adapter : pen.model().adapters()) {
          Map<String, Object> entry =
              entry(
                  new GeneratorName(false, adapter).model(), created,
                  able(details("adapter", version, Map.of()), GENERATES));
          entry.put("parent", GeneratorName.GENERATOR);
          entry.put("max_model_len", pen.model().context());
          entries.add(entry);
        }
      }
    });
    return entries;
  }

  private static Map<String, Object> upstream(Generator generator) {
    return details("upstream", generator.model(), Map.of());
  }

  private String reranker(List<ArtifactVersion> readers) {
    List<String> judges = new ArrayList<>(readers.stream().map(ArtifactVersion::reference).toList());
    embedders.forEach(embedder -> judges.add(embedder.model()));
    return String.join(", ", judges);
  }

  private static Map<String, Object> details(String kind, String version, Map<String, Double> scores) {
    Map<String, Object> details = new LinkedHashMap<>();
    details.put("kind", kind);
    details.put("version", version);
    details.put("scores", scores);
    return details;
  }

  private static Map<String, Object> able(Map<String, Object> details, List<String> capabilities) {
    details.put("capabilities", capabilities);
    return details;
  }

  private static boolean reads(ArtifactVersion version) {
    return version.name().contains("/reader-");
  }

  private static boolean writes(ArtifactVersion version) {
    return version.name().endsWith("/decoder");
  }

  private static boolean answers(ArtifactVersion version) {
    return reads(version) || writes(version);
  }

  private static Map<String, Object> entry(String id, Instant created, Map<String, Object> details) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("id", id);
    entry.put("object", "model");
    entry.put("created", created.getEpochSecond());
    entry.put("owned_by", "millrace");
    entry.put("millrace", details);
    return entry;
  }
}
