// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.console;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.core.registry.ArtifactRegistry;
import io.millrace.core.registry.ArtifactVersion;
import io.millrace.online.GatewaySettings;
import io.millrace.online.model.CanaryShare;
import io.millrace.online.model.ServedModels;
import io.millrace.online.security.ApiKey;
import io.millrace.online.security.Caller;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseBody;
import org.springframework.web.servlet.View;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The artifacts: their versions, what they were made from, how good they are, and which ones are in use. */
@Controller
final class ModelsPage {

  private static final Set<String> ALIASES = Set.of(ArtifactRegistry.CHAMPION, ArtifactRegistry.CANARY);
  private static final int LONGEST_REASON = 500;
  private static final int MOVES_SHOWN = 12;
  private static final int RUNS_SHOWN = 5;

  private final Templates templates;
  private final ArtifactRegistry registry;
  private final ServedModels models;
  private final CanaryShare share;
  private final MeterRegistry meters;
  private final Shelf shelf;

  ModelsPage(
      Templates templates,
      ArtifactRegistry registry,
      ServedModels models,
      GatewaySettings settings,
      MeterRegistry meters) {
    this.templates = templates;
    this.registry = registry;
    this.models = models;
    this.share = settings.canaryShare();
    this.meters = meters;
    this.shelf = new Shelf(registry);
  }

  @GetMapping("/models")
  View list(Page page, HttpServletRequest request) {
    List<TrainingRun> runs = registry.runs().runs().stream().limit(RUNS_SHOWN).map(TrainingRun::now).toList();
    return templates.view(
        "models", Map.of("page", page, "rows", shelf.rows(Caller.of(request).overlooks()), "comparison", shelf.comparison(), "runs", runs));
  }

  /** Shows one version of an artifact; the one in use, or else the newest, when none is named. */
  @GetMapping("/models/{*name}")
  View artifact(
      Page page,
      HttpServletRequest request,
      @PathVariable String name,
      @RequestParam(required = false) @Nullable Integer version) {
    String plain = name.substring(1);
    List<ArtifactVersion> versions =
        registry.names().contains(plain)
            ? registry.versions(plain).stream().filter(each -> shown(request, each)).toList()
            : List.of();
    ArtifactVersion champion =
        versions.isEmpty() ? null : registry.alias(plain, ArtifactRegistry.CHAMPION).orElse(null);
    ArtifactVersion canary =
        versions.isEmpty() ? null : registry.alias(plain, ArtifactRegistry.CANARY).orElse(null);
    ArtifactVersion shown =
        version == null
            ? champion != null || versions.isEmpty() ? champion : versions.getLast()
            : versions.stream().filter(v -> v.version() == version).findFirst().orElse(null);
    if (shown == null) {
      return templates.view(
          HttpStatus.NOT_FOUND,
          "lost",
          Map.of("page", page, "what", plain + (version == null ? "" : "@" + version), "kind", "artifact"));
    }
    Map<String, Object> parameters = new HashMap<>();
    parameters.put("page", page);
    parameters.put("shown", shown);
    parameters.put("versions", versions.reversed());
    parameters.put("champion", champion == null ? 0 : champion.version());
    parameters.put("canary", canary == null ? 0 : canary.version());
    parameters.put("ancestors", shelf.ancestors(shown));
    parameters.put("descendants", shelf.descendants(shown));
    parameters.put("traffic", Traffic.of(plain, models, share, meters));
    parameters.put("share", share.share());
    parameters.put("history", registry.history(plain, ArtifactRegistry.CHAMPION).stream().limit(MOVES_SHOWN).toList());
    parameters.put("trials", registry.history(plain, ArtifactRegistry.CANARY).stream().limit(MOVES_SHOWN).toList());
    return templates.view("artifact", parameters);
  }

  /** Returns the curves of a version's training run. */
  @GetMapping("/console/models/curves")
  @ResponseBody
  Curves curves(
      HttpServletRequest request, @RequestParam String name, @RequestParam int version, @RequestParam String file) {
    return registry.version(name, version)
        .filter(found -> shown(request, found))
        .map(found -> Curves.read(registry, found, file)).orElse(new Curves(Map.of()));
  }

  private static boolean shown(HttpServletRequest request, ArtifactVersion version) {
    return Caller.of(request).overlooks() || !Shelf.isData(version);
  }

  /** Returns how a training run stands, with its curves so far. */
  @GetMapping("/console/models/runs/{id}")
  @ResponseBody
  TrainingRun.Live run(@PathVariable String id) {
    return registry.runs().find(id).map(TrainingRun::live).orElse(TrainingRun.Live.GONE);
  }

  /** Points an alias at a version. The script's header keeps forms of other sites out. */
  @PostMapping(path = "/console/models/promote", headers = "HX-Request")
  View promote(
      Page page,
      HttpServletRequest request,
      HttpServletResponse response,
      @RequestParam String name,
      @RequestParam String alias,
      @RequestParam int version,
      @RequestParam String reason) {
    return move(page, request, response, alias, reason, () -> registry.promote(name, alias, version, reason.strip()));
  }

  /** Points an alias back at the version it pointed to before. */
  @PostMapping(path = "/console/models/rollback", headers = "HX-Request")
  View rollback(
      Page page,
      HttpServletRequest request,
      HttpServletResponse response,
      @RequestParam String name,
      @RequestParam String alias,
      @RequestParam String reason) {
    return move(page, request, response, alias, reason, () -> registry.rollback(name, alias, reason.strip()));
  }

  /** Takes an alias away, which ends a trial. */
  @PostMapping(path = "/console/models/retire", headers = "HX-Request")
  View retire(
      Page page,
      HttpServletRequest request,
      HttpServletResponse response,
      @RequestParam String name,
      @RequestParam String alias,
      @RequestParam String reason) {
    return move(page, request, response, alias, reason, () -> registry.retire(name, alias, reason.strip()));
  }

  private View move(
      Page page,
      HttpServletRequest request,
      HttpServletResponse response,
      String alias,
      String reason,
      Runnable action) {
    String problem = null;
    if (!Caller.of(request).may(ApiKey.Role.ADMIN)) {
      problem = page.t("models.role.missing", Caller.of(request).name());
    } else if (!ALIASES.contains(alias)) {
      problem = page.t("models.alias.unknown", alias);
    } else if (reason.isBlank() || reason.length() > LONGEST_REASON) {
      problem = page.t("models.reason.missing", LONGEST_REASON);
    } else {
      try {
        action.run();
      } catch (IllegalArgumentException | IllegalStateException e) {
        problem = String.valueOf(e.getMessage());
      }
    }
    if (problem != null) {
      return templates.view(
          HttpStatus.UNPROCESSABLE_CONTENT, "notice", Map.of("kind", "bad", "text", problem));
    }
    response.setHeader("HX-Refresh", "true");
    return templates.view("notice", Map.of("kind", "good", "text", page.t("models.moved")));
  }

}
