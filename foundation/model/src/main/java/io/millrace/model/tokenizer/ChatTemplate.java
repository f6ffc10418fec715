// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.tokenizer;

import io.millrace.core.generation.Message;
import io.millrace.core.generation.Tool;
import io.millrace.core.generation.ToolCall;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Writes a dialogue as ids, in the form in which a model has learnt to read dialogues: that of the template in its
 * folder, or ChatML.
 *
 * <p>What people write is encoded as plain text, so nothing in it can open or close a turn.
 */
public sealed interface ChatTemplate permits ChatMl, TemplatedChat {
  /** The role whose turns a model says itself. */
  String ASSISTANT = "assistant";

  /**
   * One turn.
   *
   * @param content what was said; what a tool returned where the role is {@code tool}
   * @param calls of tools that the assistant made after what it said
   * @param callId in a tool's turn, the call that it answers; empty otherwise
   */
  record Turn(String role, String content, List<ToolCall> calls, String callId) {
    public Turn {
      calls = List.copyOf(calls);
    }

    /** A turn that neither calls a tool nor answers one. */
    public Turn(String role, String content) {
      this(role, content, List.of(), "");
    }

    public static Turn of(Message message) {
      return new Turn(message.role(), message.content(), message.toolCalls(), message.toolCallId());
    }
  }

  /**
   * A dialogue as ids.
   *
   * @param ids all of it
   * @param said for each id whether the model says it: contents of the assistant's turns and the ids that end them
   */
  record Written(int[] ids, boolean[] said) {}

  /**
   * The template of a model's folder; ChatML where the folder has none.
   *
   * @throws IOException when a file cannot be read
   * @throws IllegalArgumentException naming the template and the line, when it cannot be rendered; or naming the token
   *     that is missing, when there is none and the tokenizer has no tokens for ChatML
   */
  static ChatTemplate of(Path folder, Tokenizer tokenizer) throws IOException {
    return find(folder, tokenizer).orElseGet(() -> chatMl(tokenizer));
  }

  /**
   * The template of a model's folder; ChatML where the folder has none but the tokenizer its tokens; nothing for a
   * model that knows no dialogues.
   */
  static Optional<ChatTemplate> find(Path folder, Tokenizer tokenizer) throws IOException {
    Logger log = LoggerFactory.getLogger(ChatTemplate.class);
    Optional<TemplateFile> file = TemplateFile.find(folder);
    if (file.isPresent()) {
      log.debug("dialogues are written by {}", file.get().place());
      return Optional.of(new TemplatedChat(file.get(), tokenizer));
    }
    if (tokenizer.find(SpecialToken.TURN_START.text()).isPresent()
        && tokenizer.find(SpecialToken.TURN_END.text()).isPresent()) {
      log.debug("{} has no chat template: dialogues are written as ChatML", folder);
      return Optional.of(chatMl(tokenizer));
    }
    return Optional.empty();
  }

  /**
   * ChatML.
   *
   * @throws IllegalArgumentException when the tokenizer lacks {@code <|im_start|>} or {@code <|im_end|>}
   */
  static ChatTemplate chatMl(Tokenizer tokenizer) {
    return new ChatMl(tokenizer);
  }

  /** The dialogue and the opening of the assistant's answer, without tools. */
  default int[] prompt(List<Turn> turns) {
    return prompt(turns, List.of());
  }

  /**
   * The dialogue and the opening of the assistant's answer: what a model is given to continue.
   *
   * @param tools described to the model; a template that knows none has them described in the first turn, see
   *     {@link ToolTurns}
   * @throws IllegalArgumentException naming the template, when it refuses such a dialogue; or naming a call whose
   *     arguments are no JSON object
   */
  int[] prompt(List<Turn> turns, List<Tool> tools);

  /**
   * A whole dialogue: what a model is trained on. Up to each answer it is exactly what the model is given when served.
   *
   * @throws IllegalArgumentException naming the template, when it refuses such a dialogue, or writes what stands before
   *     an answer otherwise once the answer is there, so that nothing fit to learn from comes out
   */
  Written dialogue(List<Turn> turns);

  /** The id that ends an answer, if the template writes one. */
  OptionalInt ending();

  /**
   * The id that ends an answer.
   *
   * @throws IllegalArgumentException naming the template, when it writes none: a model would not learn to stop
   */
  default int end() {
    return ending().orElseThrow(() -> new IllegalArgumentException(
        this + " writes no special token after an answer: the model would not learn to stop"));
  }
}
