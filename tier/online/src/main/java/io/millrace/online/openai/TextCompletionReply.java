// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.openai;

import io.millrace.core.generation.Piece;
import io.millrace.core.generation.TokenScore;
import io.millrace.online.generate.Outcome;
import io.millrace.online.openai.ChatCompletion.Usage;
import io.millrace.online.openai.TextCompletion.Choice;
import io.millrace.online.openai.TextCompletion.Logprobs;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a language model made of texts, as completions in OpenAI's older shape. Choices are numbered through: those of
 * the first prompt, then those of the second.
 */
public final class TextCompletionReply {

  private final String id;
  private final long created;
  private final String model;
  private final TextCompletionRequest request;
  // By choice: how much of the text went out, in characters; each element is its choice's thread's.
  private final int[] lengths;

  /**
   * A reply.
   *
   * @param created seconds since the epoch
   */
  public TextCompletionReply(String id, long created, TextCompletionRequest request) {
    this.id = id;
    this.created = created;
    this.model = request.by().model();
    this.request = request;
    this.lengths = new int[request.prompts().size() * request.choices()];
  }

  /** Returns the whole reply to all prompts. */
  public TextCompletion whole(List<Outcome> outcomes, Object details) {
    List<Choice> choices = new ArrayList<>();
    for (int prompt = 0; prompt < outcomes.size(); prompt++) {
      for (Outcome.Choice choice : outcomes.get(prompt).choices()) {
        int index = choices.size();
        String text = echo(prompt) + choice.text();
        choices.add(new Choice(index, text, logprobs(index, choice.scores()), Finishes.of(choice)));
      }
    }
    return new TextCompletion(id, TextCompletion.OBJECT, created, model, choices, usage(outcomes), details);
  }

  /** Returns the chunk that shows the prompt, where it is to be. */
  public @Nullable TextCompletion begin(int prompt, int choice) {
    String echo = echo(prompt);
    return echo.isEmpty() ? null : chunk(new Choice(index(prompt, choice), echo, null, null));
  }

  /** Returns the chunk of a piece; null for a piece without text. */
  public @Nullable TextCompletion piece(int prompt, int choice, Piece piece) {
    int index = index(prompt, choice);
    return piece instanceof Piece.Text(String text, List<TokenScore> scores)
        ? chunk(new Choice(index, text, logprobs(index, scores), null))
        : null;
  }

  /** Returns the chunk that ends a choice. */
  public TextCompletion end(int prompt, int choice, Outcome.Choice whole) {
    return chunk(new Choice(index(prompt, choice), "", null, Finishes.of(whole)));
  }

  /** Returns the chunk with the counts. */
  public TextCompletion count(List<Outcome> outcomes) {
    return new TextCompletion(id, TextCompletion.OBJECT, created, model, List.of(), usage(outcomes), null);
  }

  private int index(int prompt, int choice) {
    return prompt * request.choices() + choice;
  }

  private String echo(int prompt) {
    return request.echo() ? request.prompts().get(prompt) : "";
  }

  private TextCompletion chunk(Choice choice) {
    return new TextCompletion(id, TextCompletion.OBJECT, created, model, List.of(choice), null, null);
  }

  private static Usage usage(List<Outcome> outcomes) {
    return Usage.of(
        outcomes.stream().mapToInt(Outcome::promptTokens).sum(),
        outcomes.stream().mapToInt(Outcome::cachedTokens).sum(),
        outcomes.stream().mapToInt(Outcome::completionTokens).sum());
  }

  private @Nullable Logprobs logprobs(int index, List<TokenScore> scores) {
    if (scores.isEmpty()) {
      return null;
    }
    Logprobs logprobs = new Logprobs(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    for (TokenScore score : scores) {
      logprobs.tokens().add(score.token());
      logprobs.tokenLogprobs().add(Math.max(-9999, score.logprob()));
      Map<String, Double> top = new LinkedHashMap<>();
      score.alternatives().forEach(other -> top.putIfAbsent(other.token(), Math.max(-9999, other.logprob())));
      logprobs.topLogprobs().add(top);
      logprobs.textOffset().add(lengths[index]);
      lengths[index] += score.token().length();
    }
    return logprobs;
  }
}
