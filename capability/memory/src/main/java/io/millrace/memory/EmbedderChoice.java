// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Language;

import java.util.Map;
import java.util.Optional;

/** Which models a domain's texts shall be embedded by. Asked once a second, by one thread. */
public interface EmbedderChoice {

  /**
   * Returns the models that searches shall use, one a language.
   *
   * @throws RuntimeException when that cannot be told now; nothing changes then
   */
  Map<Language, EmbedderModel> wanted();

  /** Returns the models by which an index is filled that says nothing of its models. */
  Map<Language, EmbedderModel> searched();

  /** Returns the model of a name, if it is still there. */
  Optional<EmbedderModel> find(Language language, String id);

  /** Is told what searches use from now on; whoever embeds needs to embed for nothing else but this and what is wanted. */
  void search(Map<Language, EmbedderModel> models);

  /** Always the same models. */
  static EmbedderChoice of(Map<Language, EmbedderModel> models) {
    Map<Language, EmbedderModel> all = Map.copyOf(models);
    return new EmbedderChoice() {
      @Override
      public Map<Language, EmbedderModel> wanted() {
        return all;
      }

      @Override
      public Map<Language, EmbedderModel> searched() {
        return all;
      }

      @Override
      public Optional<EmbedderModel> find(Language language, String id) {
        return Optional.ofNullable(all.get(language)).filter(model -> model.id().equals(id));
      }

      @Override
      public void search(Map<Language, EmbedderModel> models) {
        // Nobody else needs to know.
      }
    };
  }
}
