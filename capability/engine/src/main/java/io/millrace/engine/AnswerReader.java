// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.core.generation.Generation;
import io.millrace.core.generation.Generation.Finish;
import io.millrace.core.generation.GenerationRequest;
import io.millrace.core.generation.Piece;
import io.millrace.core.generation.TokenScore;
import io.millrace.core.generation.ToolCall;
import io.millrace.engine.form.CallReader;
import io.millrace.model.tokenizer.StreamDecoder;
import io.millrace.model.tokenizer.Tokenizer;
import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Consumer;

/** Turns one answer's tokens into text as they come, and watches for what ends it. For one thread. */
final class AnswerReader {
  /** How long it waits for a token before it looks at the deadline and the caller again. */
  private static final Duration PATIENCE = Duration.ofMillis(20);

  private final Tokenizer tokenizer;
  private final GenerationRequest request;
  private final Consumer<Piece> out;
  private final @Nullable CallReader calls;
  private final StreamDecoder decoder;
  private final StopTexts stops;
  private final StringBuilder text = new StringBuilder();
  private final List<TokenScore> scores = new ArrayList<>();
  private int scoresShown;

  /**
   * A reader of one answer.
   *
   * @param calls finds calls of tools; null where none can be made
   */
  AnswerReader(Tokenizer tokenizer, GenerationRequest request, @Nullable CallReader calls, Consumer<Piece> out) {
    this.tokenizer = tokenizer;
    this.request = request;
    this.calls = calls;
    this.out = out;
    decoder = tokenizer.stream();
    stops = new StopTexts(request.stop());
  }

  /** Reads to the end. */
  Generation read(TokenStream tokens, int promptTokens) throws InterruptedException {
    int count = 0;
    Finish finish = null;
    while (finish == null) {
      if (request.cancelled().getAsBoolean()) {
        finish = Finish.CANCELLED;
        break;
      }
      OptionalInt token = tokens.next(PATIENCE);
      if (token.isPresent()) {
        count++;
        score(token.getAsInt(), tokens.scores());
        show(stops.next(decoder.next(token.getAsInt())));
        finish = stops.stopped() ? Finish.STOP : null;
      } else if (tokens.ended()) {
        finish = tokens.finish();
      } else if (request.deadline().expired()) {
        finish = Finish.DEADLINE;
      }
    }
    if (!stops.stopped()) {
      show(stops.next(decoder.end()));
      show(stops.end());
    }
    if (calls != null) {
      calls.end().forEach(this::hand);
    }
    showScores();
    List<ToolCall> called = calls == null ? List.of() : calls.calls();
    if (finish == null || finish == Finish.STOP) {
      finish = called.isEmpty() ? Finish.STOP : Finish.TOOL_CALLS;
    }
    return new Generation(text.toString(), called, scores, promptTokens, tokens.cachedTokens(), count, finish);
  }

  private void score(int token, @Nullable TokenScores of) {
    if (of != null) {
      List<TokenScore> alternatives = new ArrayList<>();
      for (int i = 0; i < of.tokens().length; i++) {
        alternatives.add(score(of.tokens()[i], of.logprobs()[i], List.of()));
      }
      scores.add(score(token, of.logprob(), alternatives));
    }
  }

  private TokenScore score(int token, float logprob, List<TokenScore> alternatives) {
    byte[] bytes = token < tokenizer.size() ? tokenizer.bytes(token) : new byte[0];
    List<Integer> unsigned = new ArrayList<>();
    for (byte b : bytes) {
      unsigned.add(b & 0xFF);
    }
    return new TokenScore(new String(bytes, StandardCharsets.UTF_8), unsigned, logprob, alternatives);
  }

  private void show(String piece) {
    if (piece.isEmpty()) {
      return;
    }
    if (calls == null) {
      hand(new Piece.Text(piece, newScores()));
    } else {
      calls.next(piece, newScores()).forEach(this::hand);
    }
  }

  private void hand(Piece piece) {
    if (piece instanceof Piece.Text(String shown, var _)) {
      text.append(shown);
    }
    out.accept(piece);
  }

  /** Scores of tokens whose text was shown before, or holds nothing to show. */
  private void showScores() {
    List<TokenScore> rest = newScores();
    if (!rest.isEmpty()) {
      out.accept(new Piece.Text("", rest));
    }
  }

  private List<TokenScore> newScores() {
    List<TokenScore> fresh = List.copyOf(scores.subList(scoresShown, scores.size()));
    scoresShown = scores.size();
    return fresh;
  }
}
