// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.generate;

import io.millrace.core.generation.Generation;
import io.millrace.core.generation.Generation.Finish;
import io.millrace.core.generation.OutputFormat;
import io.millrace.core.generation.Piece;
import io.millrace.core.generation.TokenScore;
import io.millrace.core.generation.ToolCall;
import io.millrace.core.spi.Guard;
import io.millrace.core.spi.Guard.Verdict;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Takes down one choice: text through the sieve, calls as they are. Arguments of calls go to the client's own
 * programs and not before anybody's eyes, so they are not redacted: a tool that sends mail needs the address.
 * Confined to one thread.
 */
final class Scribe implements Consumer<Piece> {

  private final Sieve sieve;
  private final boolean parallelCalls;
  private final Consumer<Piece> out;
  private final StringBuilder text = new StringBuilder();
  private final List<TokenScore> scores = new ArrayList<>();
  private boolean saidAnything;
  private boolean secondCall;

  Scribe(Guard guard, Wish wish, Consumer<Piece> out) {
    OutputFormat format = wish.what().format();
    this.sieve = new Sieve(guard,
        format instanceof OutputFormat.JsonObject || format instanceof OutputFormat.JsonSchema);
    this.parallelCalls = wish.parallelCalls();
    this.out = out;
  }

  @Override
  public void accept(Piece piece) {
    switch (piece) {
      case Piece.Text more -> sieve.next(more).ifPresent(this::say);
      case Piece.CallBegun call -> {
        sieve.end().ifPresent(this::say);
        secondCall |= !parallelCalls && call.index() > 0;
        pass(call);
      }
      case Piece.CallArguments arguments -> pass(arguments);
    }
  }

  /** Returns whether the model need not go on. */
  boolean enough() {
    return secondCall || sieve.refusal().isPresent();
  }

  /** Returns whether anything went out, after which nobody else can begin anew. */
  boolean saidAnything() {
    return saidAnything;
  }

  Verdict verdict() {
    return sieve.verdict();
  }

  /** Ends the choice, with what the model says that it wrote. */
  Outcome.Choice end(Generation generation, String refusal) {
    sieve.end().ifPresent(this::say);
    List<ToolCall> calls = generation.toolCalls();
    if (sieve.refusal().isPresent()) {
      return new Outcome.Choice(text.toString(), List.of(), scores, Finish.STOP, refusal);
    }
    Finish finish = secondCall ? Finish.TOOL_CALLS : generation.finish();
    return new Outcome.Choice(
        text.toString(), parallelCalls || calls.size() < 2 ? calls : calls.subList(0, 1), scores, finish, "");
  }

  private void pass(Piece piece) {
    if (!secondCall && sieve.refusal().isEmpty()) {
      saidAnything = true;
      out.accept(piece);
    }
  }

  private void say(Piece.Text piece) {
    text.append(piece.text());
    scores.addAll(piece.scores());
    saidAnything = true;
    out.accept(piece);
  }
}
