// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline;

import io.millrace.agent.GroundedPrompt;
import io.millrace.core.document.Language;
import io.millrace.core.document.QuestionAnswer;
import io.millrace.core.generation.Message;
import io.millrace.model.tokenizer.ChatTemplate;
import io.millrace.model.tokenizer.Tokenizer;
import io.millrace.train.Example;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Turns questions into dialogues to learn from: in some of them a second passage stands beside the one that answers. */
final class GroundedExamples {

  private static final int LONGEST_DISTRACTOR = 400;

  private final Tokenizer tokenizer;
  private final ChatTemplate template;

  GroundedExamples(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
    this.template = ChatTemplate.chatMl(tokenizer);
  }

  /** Returns at most so many examples, the languages alternating as far as they go. */
  List<Example> of(Map<Language, Questions> questions, int most) {
    List<Example> examples = new ArrayList<>();
    SplittableRandom random = new SplittableRandom(17);
    for (int i = 0; examples.size() < most; i++) {
      int before = examples.size();
      for (Questions byLanguage : questions.values()) {
        if (i < byLanguage.training().size()) {
          examples.add(example(byLanguage.training(), i, random));
        }
      }
      if (examples.size() == before) {
        break;
      }
    }
    return examples;
  }

  private Example example(List<QuestionAnswer> questions, int i, SplittableRandom random) {
    QuestionAnswer question = questions.get(i);
    List<String> passages = new ArrayList<>(List.of(question.passage()));
    String other = questions.get(random.nextInt(questions.size())).passage();
    boolean distracts =
        random.nextInt(3) == 0
            && other.length() <= LONGEST_DISTRACTOR
            && question.answers().stream().noneMatch(other::contains);
    int place = distracts && random.nextBoolean() ? 1 : 0;
    if (distracts) {
      passages.add(1 - place, other);
    }
    String answer =
        question.answerable()
            ? GroundedPrompt.answer(question.answers().getFirst(), place + 1)
            : GroundedPrompt.noAnswer(question.language());
    return Example.of(
        template.prompt(turns(GroundedPrompt.messages(question.question(), passages))),
        ended(tokenizer.encode(answer)));
  }

  private static List<ChatTemplate.Turn> turns(List<Message> messages) {
    return messages.stream().map(m -> new ChatTemplate.Turn(m.role(), m.content())).toList();
  }

  private int[] ended(int[] answer) {
    int[] ended = Arrays.copyOf(answer, answer.length + 1);
    ended[answer.length] = template.end();
    return ended;
  }
}
