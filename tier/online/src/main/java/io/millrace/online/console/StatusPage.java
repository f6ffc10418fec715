// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.console;

import io.millrace.core.document.Labels;
import io.millrace.core.log.DeadLetter;
import io.millrace.core.registry.ArtifactVersion;
import io.millrace.core.settings.DomainPack;
import io.millrace.memory.Growth;
import io.millrace.memory.IndexGenerations;
import io.millrace.memory.RegistryRerankers;
import io.millrace.memory.learning.WeightLearning;
import io.millrace.online.GatewaySettings;
import io.millrace.online.GatewayStatus;
import io.millrace.online.http.Refusal;
import io.millrace.online.model.ServedModels;
import io.millrace.online.security.Caller;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.actuate.endpoint.CompositeHealthDescriptor;
import org.springframework.boot.health.actuate.endpoint.HealthDescriptor;
import org.springframework.boot.health.actuate.endpoint.HealthEndpoint;
import org.springframework.boot.health.actuate.endpoint.IndicatedHealthDescriptor;
import org.springframework.boot.health.contributor.Status;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.View;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** How each part of the gateway is, what it holds, and what it runs on. */
@Controller
public final class StatusPage {

  private static final int LONGEST_DETAIL = 160;

  private final Templates templates;
  private final GatewaySettings settings;
  private final HealthEndpoint health;
  private final ServedModels models;
  private final GatewayStatus status;
  private final DeadLetters letters;
  private final Growth growth;
  private final IndexGenerations index;
  private final RegistryRerankers rerankers;
  private final WeightLearning learning;

  StatusPage(
      Templates templates,
      GatewaySettings settings,
      HealthEndpoint health,
      ServedModels models,
      GatewayStatus status,
      DeadLetters letters,
      Growth growth,
      IndexGenerations index,
      RegistryRerankers rerankers,
      WeightLearning learning) {
    this.templates = templates;
    this.settings = settings;
    this.health = health;
    this.models = models;
    this.status = status;
    this.letters = letters;
    this.growth = growth;
    this.index = index;
    this.rerankers = rerankers;
    this.learning = learning;
  }

  /**
   * What the page shows.
   *
   * @param figures at the top
   * @param parts with their health
   * @param models in use
   * @param problems what is not as it should be, in words
   * @param sources of the content
   * @param letters what could not be processed, latest first
   * @param memory its size, its limits and what left it
   */
  public record Shown(
      List<Figure> figures,
      List<Part> parts,
      List<ArtifactVersion> models,
      List<String> problems,
      List<Source> sources,
      List<DeadLetter> letters,
      MemoryCard memory) {}

  /**
   * A figure.
   *
   * @param name of its label
   * @param words whether the value is words rather than a number
   * @param note below it; empty for none
   */
  public record Figure(String name, String value, boolean words, String note) {}

  /**
   * A part's health.
   *
   * @param status as Actuator names it: {@code UP}, {@code DOWN}, {@code DEGRADED}, …
   * @param details in one line; empty for none
   */
  public record Part(String name, String status, String details) {}

  /**
   * Sources of content of one kind.
   *
   * @param kind {@code javadoc}, {@code pom} or {@code directory}
   * @param names coordinates or paths
   */
  public record Source(String kind, List<String> names) {}

  @GetMapping("/status")
  View status(
      Page page,
      HttpServletRequest request,
      @RequestHeader(name = "HX-Request", defaultValue = "false") boolean part) {
    Caller.overview(request);
    return templates.view(part ? "health" : "status", Map.of("page", page, "shown", shown(page)));
  }

  /** Brings a document back into memory. The script's header keeps forms of other sites out. */
  @PostMapping(path = "/console/memory/restore", headers = "HX-Request")
  View restore(Page page, HttpServletRequest request, @RequestParam String document) {
    Caller.overview(request);
    try {
      growth.restore(document);
    } catch (IllegalStateException e) {
      throw Refusal.conflict("expired", String.valueOf(e.getMessage()));
    }
    return templates.view("health", Map.of("page", page, "shown", shown(page)));
  }

  private Shown shown(Page page) {
    return new Shown(
        figures(page), parts(), models.versions(), status.snapshot().troubles(), sources(), letters.latest(),
        MemoryCard.of(growth, index, rerankers, learning, settings.domain().spoken(), page));
  }

  private List<Figure> figures(Page page) {
    List<Figure> figures = new ArrayList<>();
    GatewayStatus.Snapshot now = status.snapshot();
    long passages = now.index().passages();
    figures.add(new Figure("documents", page.number(now.documents()), false, ""));
    figures.add(new Figure("passages", page.number(passages), false, ""));
    figures.add(
        new Figure(
            "vectors",
            page.number(now.index().passagesWithVectors()),
            false,
            "/ " + page.number(passages)));
    long seen = now.events().values().stream().mapToLong(Long::longValue).sum();
    figures.add(new Figure("events", page.number(seen), false, ""));
    Runtime runtime = Runtime.getRuntime();
    figures.add(
        new Figure(
            "memory",
            page.bytes(runtime.totalMemory() - runtime.freeMemory()),
            false,
            "/ " + page.bytes(runtime.maxMemory())));
    figures.add(new Figure("uptime", duration(now.uptime()), false, ""));
    String version = Objects.requireNonNullElse(StatusPage.class.getPackage().getImplementationVersion(), "dev");
    figures.add(new Figure("build", version, true, "Java " + Runtime.version().feature()));
    return figures;
  }

  private static String duration(Duration time) {
    return time.toDays() > 0
        ? "%d d %d h".formatted(time.toDays(), time.toHoursPart())
        : "%d:%02d:%02d".formatted(time.toHours(), time.toMinutesPart(), time.toSecondsPart());
  }

  private List<Part> parts() {
    HealthDescriptor all = health.health();
    List<Part> parts = new ArrayList<>();
    if (all instanceof CompositeHealthDescriptor composite) {
      new TreeMap<>(composite.getComponents())
          .forEach(
              (name, part) ->
                  // What a part that works has to tell stands on the tiles and cards of this page already.
                  parts.add(
                      new Part(name, part.getStatus().getCode(), part.getStatus().equals(Status.UP) ? "" : details(part))));
    }
    return parts;
  }

  private static String details(HealthDescriptor part) {
    Map<String, Object> details =
        part instanceof IndicatedHealthDescriptor indicated ? indicated.getDetails() : null;
    if (details == null) {
      return "";
    }
    String line =
        new TreeMap<>(details)
            .entrySet().stream()
            .filter(e -> !(e.getValue() instanceof Collection<?> values && values.isEmpty()))
            .map(e -> e.getKey() + " " + e.getValue()).collect(Collectors.joining(", "));
    return line.length() > LONGEST_DETAIL ? line.substring(0, LONGEST_DETAIL) + "…" : line;
  }

  private List<Source> sources() {
    DomainPack.Sources configured = settings.domain().sources();
    List<Source> sources = new ArrayList<>();
    add(sources, "javadoc", configured.javadoc());
    add(sources, "pom", configured.pom() == null ? null : List.of(configured.pom()));
    List<DomainPack.Directory> directories = configured.directories();
    add(sources, "directory", directories == null ? null : directories.stream().map(StatusPage::name).toList());
    return sources;
  }

  private static String name(DomainPack.Directory directory) {
    Set<String> labels = Labels.of(directory.labels());
    return labels.isEmpty() ? directory.path() : directory.path() + " (" + String.join(", ", labels) + ")";
  }

  private static void add(List<Source> sources, String kind, @Nullable List<String> names) {
    if (names != null && !names.isEmpty()) {
      sources.add(new Source(kind, names));
    }
  }
}
