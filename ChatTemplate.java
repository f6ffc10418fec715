// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.tokenizer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/**
 * Writes dialogues as ids in the way in which a model was, or will be, trained to read them.
 *
 * <p>Nothing that a person writes can open or close a turn: what looks like a special token in a content becomes ordinary
 * characters.
 */
public sealed interface ChatTemplate permits ChatMl, FolderTemplate {
  /** The role of the model. */
  String ASSISTANT = "assistant";

  /** One turn; roles are system, user, assistant and tool. */
  record Turn(String role, String content) {}

  /**
   * A whole dialogue.
   *
   * @param tokens its ids
   * @param said which of them the assistant says: its contents, and the tokens that end its turns
   */
  record Script(int[] tokens, BitSet said) {}

  /**
   * The template of a model's folder: its {@code chat_template.jinja}, or the {@code chat_template} of its
   * {@code tokenizer_config.json}; ChatML where it has neither.
   *
   * @param tokenizer of the same folder
   * @throws IllegalArgumentException naming file and line, when the template cannot be rendered or ends no answers; or when
   *     there is none, and the tokenizer lacks ChatML's {@code <|im_start|>} or {@code <|im_end|>}
   */
  static ChatTemplate of(Path folder, Tokenizer tokenizer) throws IOException {
    Optional<TemplateFile> file = TemplateFile.of(folder);
    return file.isPresent() ? new FolderTemplate(file.get(), tokenizer) : chatMl(tokenizer);
  }

  /**
   * ChatML, in which the models that are made here speak: {@code <|im_start|>role⏎content<|im_end|>⏎}.
   *
   * @throws IllegalArgumentException when the tokenizer lacks {@code <|im_start|>} or {@code <|im_end|>}
   */
  static ChatTemplate chatMl(Tokenizer tokenizer) {
    return new ChatMl(tokenizer);
  }

  /** What messages call it: its file, or ChatML. */
  String name();

  /** The dialogue and the opening of the assistant's answer: what a model is given to continue. */
  int[] prompt(List<Turn> turns);

  /**
   * A whole dialogue: what a model is trained on.
   *
   * @throws IllegalArgumentException when the template does not write an answer after what its prompt is, so that it
   *     cannot be told what is said by whom
   */
  Script script(List<Turn> dialogue);

  /** The token that ends an answer. */
  int end();

  /** What the assistant says after a prompt, up to the token that ends its turn. */
  default int[] answer(List<Turn> prompt, String answer) {
    List<Turn> dialogue = new ArrayList<>(prompt);
    dialogue.add(new Turn(ASSISTANT, answer));
    Script script = script(dialogue);
    int from = script.said.previousClearBit(script.said.length() - 1) + 1;
    return Arrays.copyOfRange(script.tokens, from, script.said.length());
  }
}
