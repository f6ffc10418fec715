// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.openai;

import io.millrace.core.generation.Piece;
import io.millrace.core.generation.TokenScore;
import io.millrace.core.generation.ToolCall;
import io.millrace.online.generate.Outcome;
import io.millrace.online.openai.ChatCompletion.Call;
import io.millrace.online.openai.ChatCompletion.Choice;
import io.millrace.online.openai.ChatCompletion.Function;
import io.millrace.online.openai.ChatCompletion.Logprobs;
import io.millrace.online.openai.ChatCompletion.Said;
import io.millrace.online.openai.ChatCompletion.Token;
import io.millrace.online.openai.ChatCompletion.Usage;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * What a language model wrote as a chat completion, whole or in chunks. The choices of one reply may be written by
 * several threads; this object's lock guards which of them have begun.
 *
 * @see ChatCompletion
 */
public final class ChatReply {

  private static final String ASSISTANT = "assistant";

  private final String id;
  private final long created;
  private final String model;
  // Guarded by this.
  private final BitSet begun = new BitSet();

  /**
   * A reply.
   *
   * @param created seconds since the epoch
   * @param model as the client named it
   */
  public ChatReply(String id, long created, String model) {
    this.id = id;
    this.created = created;
    this.model = model;
  }

  /** Returns the whole reply. */
  public ChatCompletion whole(Outcome outcome, Object details) {
    List<Choice> choices = new ArrayList<>();
    for (Outcome.Choice choice : outcome.choices()) {
      List<Call> calls = choice.calls().stream().map(ChatReply::call).toList();
      // Without content where there are calls only, as OpenAI has it.
      String content = choice.text().isEmpty() && (choice.refused() || !calls.isEmpty()) ? null : choice.text();
      Said said = new Said(ASSISTANT, content, choice.refused() ? choice.refusal() : null,
          calls.isEmpty() ? null : calls);
      choices.add(new Choice(choices.size(), said, null, logprobs(choice.scores()), Finishes.of(choice)));
    }
    return new ChatCompletion(id, ChatCompletion.WHOLE, created, model, choices, usage(outcome), details);
  }

  /** Returns the chunk of a piece. */
  public ChatCompletion piece(int index, Piece piece) {
    String role = role(index);
    return switch (piece) {
      case Piece.Text text -> chunk(
          new Choice(index, null, Said.text(role, text.text()), logprobs(text.scores()), null));
      case Piece.CallBegun call ->
          chunk(calling(index, role, new Call(call.index(), call.id(), "function", new Function(call.name(), ""))));
      case Piece.CallArguments more ->
          chunk(calling(index, role, new Call(more.index(), null, null, new Function(null, more.json()))));
    };
  }

  /** Returns the chunk that ends a choice. */
  public ChatCompletion end(int index, Outcome.Choice choice) {
    String role = role(index);
    Said said = new Said(role, role == null ? null : "", choice.refused() ? choice.refusal() : null, null);
    return chunk(new Choice(index, null, said, null, Finishes.of(choice)));
  }

  /** Returns the chunk with the counts, the last one: by now all choices have ended. */
  public ChatCompletion count(Outcome outcome, Object details) {
    return new ChatCompletion(id, ChatCompletion.CHUNK, created, model, List.of(), usage(outcome), details);
  }

  private synchronized @Nullable String role(int index) {
    boolean first = !begun.get(index);
    begun.set(index);
    return first ? ASSISTANT : null;
  }

  private ChatCompletion chunk(Choice choice) {
    return new ChatCompletion(id, ChatCompletion.CHUNK, created, model, List.of(choice), null, null);
  }

  private static Choice calling(int index, @Nullable String role, Call call) {
    return new Choice(index, null, new Said(role, null, null, List.of(call)), null, null);
  }

  private static Call call(ToolCall call) {
    return new Call(null, call.id(), "function", new Function(call.name(), call.arguments()));
  }

  private static Usage usage(Outcome outcome) {
    return Usage.of(outcome.promptTokens(), outcome.cachedTokens(), outcome.completionTokens());
  }

  private static @Nullable Logprobs logprobs(List<TokenScore> scores) {
    return scores.isEmpty() ? null : new Logprobs(scores.stream().map(score -> token(score, true)).toList());
  }

  private static Token token(TokenScore score, boolean withAlternatives) {
    List<Token> alternatives = score.alternatives().stream().map(other -> token(other, false)).toList();
    // JSON has no infinities; OpenAI says -9999 of what cannot be.
    return new Token(
        score.token(), Math.max(-9999, score.logprob()), score.bytes(), withAlternatives ? alternatives : null);
  }
}
