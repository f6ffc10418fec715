// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.data;

import io.millrace.model.tokenizer.ChatTemplate.Turn;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * An answer that people found good, or not.
 *
 * @param prompt turns before the answer; at least one
 * @param answer what was judged
 * @param good the verdict
 */
public record Judgement(List<Turn> prompt, String answer, boolean good) {
  /** Checks that there is a prompt and an answer. */
  public Judgement {
    prompt = List.copyOf(prompt);
    if (prompt.isEmpty() || answer.isBlank()) {
      throw new IllegalArgumentException("a judgement needs a prompt and an answer that is not empty");
    }
  }

  /**
   * Reads judgements: {@code {"messages": […], "label": true}} or {@code {"prompt": …, "completion": …, "label": false}}.
   * Those whose last turn is no answer, or an empty one, are left out and counted.
   *
   * @throws IllegalArgumentException naming file, line and what was expected, when a record has another shape
   */
  public static Dataset<Judgement> read(Path file) throws IOException {
    Dataset.Builder<Judgement> judgements = new Dataset.Builder<>();
    JsonRecords.read(file, record -> {
      if (!record.has("label")) {
        throw record.unknownShape("messages and label, or prompt, completion and label");
      }
      boolean good = record.yes("label");
      List<Turn> turns;
      if (record.has("messages")) {
        turns = Turns.under(record, "messages", "user");
      } else if (record.hasAll("prompt", "completion")) {
        turns = new ArrayList<>(Turns.under(record, "prompt", "user"));
        turns.addAll(Turns.under(record, "completion", Dialogue.ASSISTANT));
      } else {
        throw record.unknownShape("messages and label, or prompt, completion and label");
      }
      if (turns.size() < 2 || !turns.getLast().role().equals(Dialogue.ASSISTANT) || turns.getLast().content().isBlank()) {
        judgements.skip("without an answer");
      } else {
        judgements.add(new Judgement(turns.subList(0, turns.size() - 1), turns.getLast().content(), good));
      }
    });
    return judgements.build(file);
  }

  /** The whole prompt as one text: what judgements are kept apart by. */
  public String promptText() {
    return String.join("\n", prompt.stream().map(Turn::content).toList());
  }
}
