// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.generate;

import io.millrace.core.generation.GenerationRequest;
import io.millrace.core.generation.Message;
import io.millrace.core.generation.Prompt;

import java.util.OptionalLong;
import java.util.stream.Collectors;

/**
 * What a client wants written.
 *
 * @param by which model
 * @param what is written; its deadline is not set yet
 * @param choices how many, each by itself
 * @param parallelCalls whether there may be several calls of tools at once
 */
public record Wish(GeneratorName by, GenerationRequest what, int choices, boolean parallelCalls) {

  /** Most choices of one request. */
  public static final int MOST_CHOICES = 16;

  /** Most bytes of a character of Java. */
  private static final int BYTES = 3;

  /** Tokens that a chat template puts around a turn, generously. */
  private static final int MARKS = 64;

  /**
   * Returns what is asked of the model for one of the choices. The first has the client's seed, so that it is what a
   * request for a single choice would have got; the others have seeds that follow from it.
   */
  GenerationRequest choice(int index) {
    OptionalLong seed = what.sampling().seed();
    if (index == 0 || seed.isEmpty()) {
      return what;
    }
    return what.with(what.sampling().withSeed(derived(seed.getAsLong(), index)));
  }

  /** Returns the text that risk control looks at: what the user says last, or the text to continue. */
  String asked() {
    return switch (what.prompt()) {
      case Prompt.Text(String text) -> text;
      case Prompt.Dialogue dialogue ->
          dialogue.messages().reversed().stream().filter(Wish::isUsers).findFirst().map(Message::content).orElse("");
    };
  }

  /** Returns all that the user says. */
  String saidByUser() {
    return switch (what.prompt()) {
      case Prompt.Text(String text) -> text;
      case Prompt.Dialogue dialogue ->
          dialogue.messages().stream().filter(Wish::isUsers).map(Message::content).collect(Collectors.joining("\n"));
    };
  }

  /** Returns a number of tokens that the prompt surely does not have more of. */
  long mostTokens() {
    return switch (what.prompt()) {
      case Prompt.Text(String text) -> BYTES * (long) text.length();
      case Prompt.Dialogue dialogue -> {
        long sum = MARKS;
        for (Message message : dialogue.messages()) {
          sum += MARKS + BYTES * (long) message.content().length();
          sum += message.toolCalls().stream().mapToLong(call -> MARKS + BYTES * (long) call.arguments().length()).sum();
        }
        yield sum + (dialogue.tools().isEmpty() ? 0 : Integer.MAX_VALUE);
      }
    };
  }

  private static boolean isUsers(Message message) {
    return message.role().equals("user");
  }

  /** The mixing function of SplitMix64 (Steele, Lea and Flood 2014), so that near seeds give no near sequences. */
  private static long derived(long seed, int index) {
    long z = seed + index * 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
