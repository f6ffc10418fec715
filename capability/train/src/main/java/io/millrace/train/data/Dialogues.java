// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.data;

import io.millrace.model.tokenizer.ChatTemplate.Turn;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Dialogues to learn answers from, in any of these shapes:
 *
 * <pre>
 * {"messages": [{"role": "user", "content": "…"}, {"role": "assistant", "content": "…"}]}      OpenAI
 * {"conversations": [{"from": "human", "value": "…"}, {"from": "gpt", "value": "…"}], "system": "…"}   ShareGPT
 * {"instruction": "…", "input": "…", "output": "…", "system": "…", "history": [["…", "…"]]}    Alpaca
 * {"prompt": "…", "completion": "…"}
 * </pre>
 */
public final class Dialogues {
  private static final String SHAPES =
      "messages (OpenAI), conversations (ShareGPT), instruction and output (Alpaca), or prompt and completion";

  private Dialogues() {}

  /**
   * Reads a file of JSON lines or a JSON array. Dialogues without an answer, or with an empty one, are left out and
   * counted.
   *
   * @throws IllegalArgumentException naming file, line and what was expected, when a record has another shape
   */
  public static Dataset<Dialogue> read(Path file) throws IOException {
    Dataset.Builder<Dialogue> dialogues = new Dataset.Builder<>();
    JsonRecords.read(file, record -> {
      List<Turn> turns = turns(record);
      if (turns.isEmpty() || !new Dialogue(turns).learnable()) {
        dialogues.skip("without an answer");
      } else {
        dialogues.add(new Dialogue(turns));
      }
    });
    return dialogues.build(file);
  }

  private static List<Turn> turns(JsonRecord record) {
    List<Turn> turns = new ArrayList<>();
    if (!record.textOrEmpty("system").isBlank()) {
      turns.add(new Turn("system", record.text("system")));
    }
    if (record.has("messages")) {
      turns.addAll(Turns.under(record, "messages", "user"));
    } else if (record.has("conversations")) {
      turns.addAll(Turns.under(record, "conversations", "user"));
    } else if (record.hasAll("instruction", "output")) {
      alpaca(record, turns);
    } else if (record.hasAll("prompt", "completion")) {
      turns.addAll(Turns.under(record, "prompt", "user"));
      turns.addAll(Turns.under(record, "completion", Dialogue.ASSISTANT));
    } else {
      throw record.unknownShape(SHAPES);
    }
    return turns;
  }

  private static void alpaca(JsonRecord record, List<Turn> turns) {
    if (record.has("history")) {
      record.array("history").forEach(exchange -> {
        turns.add(new Turn("user", record.text("history", exchange.get(0))));
        turns.add(new Turn(Dialogue.ASSISTANT, record.text("history", exchange.get(1))));
      });
    }
    String input = record.textOrEmpty("input");
    String instruction = record.text("instruction");
    turns.add(new Turn("user", input.isBlank() ? instruction : instruction + "\n" + input));
    turns.add(new Turn(Dialogue.ASSISTANT, record.text("output")));
  }
}
