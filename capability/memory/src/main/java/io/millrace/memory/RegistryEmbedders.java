// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Language;
import io.millrace.core.registry.ArtifactRegistry;
import io.millrace.core.registry.ArtifactVersion;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A domain's embedding models in the registry: {@code <domain>/embedder-<language>}, where there is one, else the pretrained
 * one. The champion is what searches shall use; the alias {@value #SEARCHED} says what they do use, which is another one while
 * the index is embedded anew.
 */
public final class RegistryEmbedders implements EmbedderChoice {

  private static final Logger LOG = LoggerFactory.getLogger(RegistryEmbedders.class);

  /** The alias of the version that the index in use was embedded by. */
  public static final String SEARCHED = "searched";

  private final ArtifactRegistry registry;
  private final String domain;
  private final List<Language> languages;

  /** Versions do not change, so what a folder says of itself is read once. */
  private final Map<String, TunedModel> known = new HashMap<>();

  /** Takes the models of a domain's languages from a registry. */
  public RegistryEmbedders(ArtifactRegistry registry, String domain, List<Language> languages) {
    this.registry = registry;
    this.domain = domain;
    this.languages = List.copyOf(languages);
  }

  /** Returns the name in the registry of a domain's embedders for a language. */
  public static String name(String domain, Language language) {
    return domain + "/embedder-" + language.code();
  }

  @Override
  public Map<Language, EmbedderModel> wanted() {
    return aliased(ArtifactRegistry.CHAMPION);
  }

  @Override
  public Map<Language, EmbedderModel> searched() {
    return aliased(SEARCHED);
  }

  private Map<Language, EmbedderModel> aliased(String alias) {
    Map<Language, EmbedderModel> all = new EnumMap<>(Language.class);
    languages.forEach(language -> all.put(language, aliased(language, alias)));
    return all;
  }

  /** Returns all models that are searched with or shall be, by language: those that every passage needs an embedding by. */
  public Map<Language, Set<EmbedderModel>> needed() {
    Map<Language, Set<EmbedderModel>> all = new EnumMap<>(Language.class);
    for (Language language : languages) {
      Set<EmbedderModel> models = new HashSet<>();
      models.add(aliased(language, ArtifactRegistry.CHAMPION));
      models.add(aliased(language, SEARCHED));
      all.put(language, models);
    }
    return all;
  }

  private EmbedderModel aliased(Language language, String alias) {
    Optional<ArtifactVersion> version = registry.alias(name(domain, language), alias);
    return version.isPresent() ? tuned(version.get()) : BgeModel.of(language);
  }

  @Override
  public Optional<EmbedderModel> find(Language language, String id) {
    if (BgeModel.of(language).id().equals(id)) {
      return Optional.of(BgeModel.of(language));
    }
    String prefix = name(domain, language) + "@";
    if (!id.startsWith(prefix) || !id.substring(prefix.length()).matches("\\d{1,9}")) {
      return Optional.empty();
    }
    try {
      return registry.version(name(domain, language), Integer.parseInt(id.substring(prefix.length()))).map(this::tuned);
    } catch (IllegalStateException e) {
      LOG.warn("{}", e.getMessage());
      return Optional.empty();
    }
  }

  @Override
  public void search(Map<Language, EmbedderModel> models) {
    models.forEach(
        (language, model) -> {
          String name = name(domain, language);
          Optional<ArtifactVersion> before = registry.alias(name, SEARCHED);
          if (model instanceof TunedModel) {
            String version = model.id().substring(model.id().lastIndexOf('@') + 1);
            if (before.isEmpty() || !before.get().reference().equals(model.id())) {
              registry.promote(name, SEARCHED, Integer.parseInt(version), "the index is embedded by it");
            }
          } else if (before.isPresent()) {
            registry.retire(name, SEARCHED, "the index is embedded by " + model.id());
          }
        });
  }

  private synchronized TunedModel tuned(ArtifactVersion version) {
    TunedModel model = known.get(version.reference());
    if (model == null) {
      try {
        model = TunedModel.of(version.reference(), registry.directory(version));
      } catch (IOException | IllegalArgumentException e) {
        throw new IllegalStateException(
            "the embedder " + version.reference() + " cannot be read (" + e.getMessage() + "): promote another version, or go back to the"
                + " pretrained one with 'millrace registry retire " + version.name() + " --alias " + ArtifactRegistry.CHAMPION + "'",
            e);
      }
      known.put(version.reference(), model);
    }
    return model;
  }
}
