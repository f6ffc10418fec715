// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.answer;

import io.millrace.core.document.Language;
import io.millrace.core.spi.Generator;
import io.millrace.core.spi.Generator.Message;
import io.millrace.core.spi.Retriever.Hit;

import java.util.ArrayList;
import java.util.List;

/** A prompt of numbered passages and the question; passages are left out from the last one on until it fits. */
public final class PlainPrompts implements Prompts {

  @Override
  public Prompt assemble(
      Generator model, Language language, List<Message> history, String question, List<Hit> hits, int answerTokens) {
    int room = Math.max(model.context() / 2, model.context() - answerTokens);
    for (int count = hits.size(); count >= 0; count--) {
      StringBuilder text = new StringBuilder();
      List<Integer> numbers = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        text.append('[').append(i + 1).append("] ").append(hits.get(i).passage().text()).append("\n\n");
        numbers.add(i + 1);
      }
      List<Message> messages = List.of(new Message("user", text + question));
      if (model.count(messages) < room || count == 0) {
        return new Prompt(messages, numbers);
      }
    }
    throw new AssertionError("the loop ends with no passage at all");
  }
}
