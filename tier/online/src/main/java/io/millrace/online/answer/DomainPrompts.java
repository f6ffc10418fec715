// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.answer;

import io.millrace.agent.PromptEngine;
import io.millrace.agent.PromptLibrary;
import io.millrace.core.document.Language;
import io.millrace.core.generation.Message;
import io.millrace.core.spi.Generator;
import io.millrace.core.spi.Retriever.Hit;
import io.millrace.online.model.Pen;

import java.util.List;

/**
 * Prompts of a domain: models that were fine-tuned here get the short form that they were trained on, models whose
 * version has the setting {@code prompt: instruct} get the domain's own words.
 */
public final class DomainPrompts implements Prompts {

  private final PromptEngine grounded = PromptEngine.grounded();
  private final PromptLibrary library;

  public DomainPrompts(PromptLibrary library) {
    this.library = library;
  }

  @Override
  public Prompt assemble(
      Pen pen,
      Language language,
      List<Message> history,
      String question,
      List<Hit> hits,
      int answerTokens) {
    PromptEngine engine =
        pen.instructed()
            ? PromptEngine.of(library.template(PromptLibrary.ANSWER, language))
            : grounded;
    Generator model = pen.model();
    // An answer that would take most of the context leaves half of it to the passages all the same.
    int budget = Math.max(model.context() / 2, model.context() - answerTokens);
    List<String> passages = hits.stream().map(hit -> hit.passage().text()).toList();
    PromptEngine.Assembled assembled = engine.assemble(question, history, passages, budget, model::count);
    return new Prompt(assembled.messages(), assembled.numbers());
  }
}
