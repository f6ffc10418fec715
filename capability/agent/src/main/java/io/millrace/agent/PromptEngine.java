// SPDX-License-Identifier: Apache-2.0
package io.millrace.agent;

import io.millrace.core.generation.Message;

import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToIntFunction;

/**
 * Assembles a prompt within a token budget: the question always, then passages whole and by rank, the last one cut at
 * the end of a sentence, and as much of the dialogue as a quarter of the budget holds. Immutable.
 */
public final class PromptEngine {

  /** Share of the budget that earlier turns may take from the passages. */
  private static final int DIALOGUE_SHARE = 4;

  /** The words around question and passages. */
  private interface Form {
    List<Message> messages(String question, List<String> passages);
  }

  private final String reference;
  private final Form form;

  private PromptEngine(String reference, Form form) {
    this.reference = reference;
    this.form = form;
  }

  /** The engine for models that were fine-tuned on {@link GroundedPrompt}. */
  public static PromptEngine grounded() {
    return new PromptEngine("grounded@1", GroundedPrompt::messages);
  }

  /**
   * The engine for models that follow instructions.
   *
   * @param template with the placeholders {@code question} and {@code passages}
   */
  public static PromptEngine of(PromptTemplate template) {
    return new PromptEngine(
        template.reference(),
        (question, passages) ->
            template.render(Map.of("question", Fence.around(question), "passages", fenced(passages))));
  }

  /**
   * A prompt.
   *
   * @param messages what the model reads
   * @param numbers of the passages in it, from 1: the number in the prompt is the rank in the given list
   * @param cut whether the last passage was shortened
   * @param tokens as the counter counts
   */
  public record Assembled(List<Message> messages, List<Integer> numbers, boolean cut, int tokens) {
    public Assembled {
      messages = List.copyOf(messages);
      numbers = List.copyOf(numbers);
    }
  }

  /** Returns name and version of the words around question and passages, as traces show them. */
  public String reference() {
    return reference;
  }

  /**
   * Assembles a prompt.
   *
   * @param question the last user message
   * @param dialogue turns before it, oldest first; dropped from the oldest on
   * @param passages texts, best first
   * @param budget tokens that the prompt may have
   * @param counter how many tokens a dialogue has, the chat template included, as {@code Generator.count}
   * @throws IllegalArgumentException when the question alone does not fit, naming both sizes
   */
  public Assembled assemble(
      String question,
      List<Message> dialogue,
      List<String> passages,
      int budget,
      ToIntFunction<List<Message>> counter) {
    int alone = counter.applyAsInt(form.messages(question, List.of()));
    if (alone > budget) {
      throw new IllegalArgumentException(
          "the question has " + alone + " tokens with its prompt, the budget is " + budget + ": ask more briefly");
    }
    List<Message> earlier = recent(question, dialogue, alone + (budget - alone) / DIALOGUE_SHARE, counter);
    List<String> chosen = new ArrayList<>();
    boolean cut = false;
    for (String passage : passages) {
      chosen.add(passage);
      if (counter.applyAsInt(messages(earlier, question, chosen)) <= budget) {
        continue;
      }
      chosen.removeLast();
      String beginning = beginning(earlier, question, chosen, passage, budget, counter);
      if (!beginning.isEmpty()) {
        chosen.add(beginning);
        cut = true;
      }
      break;
    }
    List<Integer> numbers = new ArrayList<>();
    for (int i = 1; i <= chosen.size(); i++) {
      numbers.add(i);
    }
    List<Message> messages = messages(earlier, question, chosen);
    return new Assembled(messages, numbers, cut, counter.applyAsInt(messages));
  }

  /** Returns the latest turns that fit, beginning with one of the user. */
  private List<Message> recent(
      String question, List<Message> dialogue, int budget, ToIntFunction<List<Message>> counter) {
    List<Message> turns = dialogue.stream().filter(turn -> !turn.role().equals("system")).toList();
    for (int from = 0; from < turns.size(); from++) {
      List<Message> rest = turns.subList(from, turns.size());
      if (rest.getFirst().role().equals("user")
          && counter.applyAsInt(messages(rest, question, List.of())) <= budget) {
        return rest;
      }
    }
    return List.of();
  }

  /** Puts earlier turns between the system's words and the question. */
  private List<Message> messages(List<Message> earlier, String question, List<String> passages) {
    List<Message> framed = form.messages(question, passages);
    List<Message> all = new ArrayList<>(framed.subList(0, framed.size() - 1));
    earlier.forEach(turn -> all.add(new Message(turn.role(), Fence.around(turn.content()))));
    all.add(framed.getLast());
    return all;
  }

  /** Returns the longest beginning of a passage, in whole sentences, that fits; empty where not one does. */
  private String beginning(
      List<Message> earlier,
      String question,
      List<String> chosen,
      String passage,
      int budget,
      ToIntFunction<List<Message>> counter) {
    List<Integer> ends = sentenceEnds(passage);
    int low = 0;
    int high = ends.size();
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      List<String> trial = new ArrayList<>(chosen);
      trial.add(passage.substring(0, ends.get(middle - 1)));
      if (counter.applyAsInt(messages(earlier, question, trial)) <= budget) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low == 0 ? "" : passage.substring(0, ends.get(low - 1)).strip();
  }

  private static List<Integer> sentenceEnds(String text) {
    BreakIterator sentences = BreakIterator.getSentenceInstance(Locale.ROOT);
    sentences.setText(text);
    List<Integer> ends = new ArrayList<>();
    sentences.first();
    for (int end = sentences.next(); end != BreakIterator.DONE; end = sentences.next()) {
      ends.add(end);
    }
    return ends;
  }

  private static String fenced(List<String> passages) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < passages.size(); i++) {
      out.append("<passage number=\"").append(i + 1).append("\">\n")
          .append(Fence.around(passages.get(i)))
          .append("\n</passage>\n");
    }
    return out.toString().strip();
  }
}
