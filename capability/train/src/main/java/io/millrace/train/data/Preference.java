// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.data;

import io.millrace.model.tokenizer.ChatTemplate.Turn;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Two answers to one prompt, of which people preferred one.
 *
 * @param prompt turns before the answer; at least one
 * @param chosen the better answer
 * @param rejected the other one
 */
public record Preference(List<Turn> prompt, String chosen, String rejected) {
  private static final Pattern SPEAKER = Pattern.compile("(?:^|\\n\\n)(Human|Assistant):");

  /** Checks that there is a prompt, and two answers that differ. */
  public Preference {
    prompt = List.copyOf(prompt);
    if (prompt.isEmpty() || chosen.isBlank() || rejected.isBlank() || chosen.equals(rejected)) {
      throw new IllegalArgumentException("a preference needs a prompt and two answers that differ and are not empty");
    }
  }

  /**
   * Reads preferences, in any of these shapes; chosen and rejected may be texts, turns, or whole dialogues:
   *
   * <pre>
   * {"prompt": "…", "chosen": "…", "rejected": "…"}
   * {"conversations": […], "chosen": {"from": "gpt", "value": "…"}, "rejected": {…}}
   * {"chosen": [{"role": "user", …}, {"role": "assistant", …}], "rejected": […]}
   * {"chosen": "\n\nHuman: …\n\nAssistant: …", "rejected": "…"}        Anthropic's hh-rlhf
   * </pre>
   *
   * <p>Pairs whose answers are empty or equal, or that answer different prompts, are left out and counted.
   *
   * @throws IllegalArgumentException naming file, line and what was expected, when a record has another shape
   */
  public static Dataset<Preference> read(Path file) throws IOException {
    Dataset.Builder<Preference> pairs = new Dataset.Builder<>();
    JsonRecords.read(file, record -> {
      if (!record.hasAll("chosen", "rejected")) {
        throw record.unknownShape("chosen and rejected, with prompt, messages or conversations");
      }
      List<Turn> before = new ArrayList<>();
      if (!record.textOrEmpty("system").isBlank()) {
        before.add(new Turn("system", record.text("system")));
      }
      for (String key : List.of("prompt", "messages", "conversations")) {
        if (record.has(key)) {
          before.addAll(Turns.under(record, key, "user"));
          break;
        }
      }
      add(pairs, before, turns(record, "chosen", before.isEmpty()), turns(record, "rejected", before.isEmpty()));
    });
    return pairs.build(file);
  }

  private static List<Turn> turns(JsonRecord record, String key, boolean whole) {
    if (whole && record.json().path(key).isString()) {
      return spoken(record, key, record.text(key));
    }
    return Turns.under(record, key, Dialogue.ASSISTANT);
  }

  /** Cuts a transcript into turns. */
  private static List<Turn> spoken(JsonRecord record, String key, String transcript) {
    Matcher speaker = SPEAKER.matcher(transcript);
    List<Turn> turns = new ArrayList<>();
    String role = null;
    int from = 0;
    while (speaker.find()) {
      if (role != null) {
        turns.add(new Turn(role, transcript.substring(from, speaker.start()).strip()));
      }
      role = speaker.group(1).equals("Human") ? "user" : Dialogue.ASSISTANT;
      from = speaker.end();
    }
    if (role == null) {
      throw record.place().refusal(
          "'" + key + "' has no prompt: give it under 'prompt', or write \"\\n\\nHuman: …\\n\\nAssistant: …\"");
    }
    turns.add(new Turn(role, transcript.substring(from).strip()));
    return turns;
  }

  private static void add(Dataset.Builder<Preference> pairs, List<Turn> before, List<Turn> chosen, List<Turn> rejected) {
    if (chosen.isEmpty() || rejected.isEmpty()) {
      pairs.skip("with an empty answer");
      return;
    }
    List<Turn> prompt = new ArrayList<>(before);
    prompt.addAll(chosen.subList(0, chosen.size() - 1));
    List<Turn> other = new ArrayList<>(before);
    other.addAll(rejected.subList(0, rejected.size() - 1));
    Turn good = chosen.getLast();
    Turn bad = rejected.getLast();
    if (!prompt.equals(other)) {
      pairs.skip("whose answers belong to different prompts");
    } else if (prompt.isEmpty()) {
      pairs.skip("without a prompt");
    } else if (good.content().isBlank() || bad.content().isBlank()
        || !good.role().equals(Dialogue.ASSISTANT) || !bad.role().equals(Dialogue.ASSISTANT)) {
      pairs.skip("with an empty answer");
    } else if (good.content().equals(bad.content())) {
      pairs.skip("whose answers are equal");
    } else {
      pairs.add(new Preference(prompt, good.content(), bad.content()));
    }
  }

  /** The whole prompt as one text: what pairs are kept apart by. */
  public String promptText() {
    return String.join("\n", prompt.stream().map(Turn::content).toList());
  }
}
