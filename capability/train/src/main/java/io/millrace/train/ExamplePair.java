// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.train.data.Preference;

import java.util.ArrayList;
import java.util.List;

/**
 * Two answers to one prompt, as tokens.
 *
 * @param chosen the better one
 * @param rejected the other one
 */
public record ExamplePair(Example chosen, Example rejected) {
  /** A preference as the model's chat template writes it. */
  public static ExamplePair of(Preference preference, ChatExamples chat) {
    return new ExamplePair(
        chat.answer(preference.prompt(), preference.chosen()), chat.answer(preference.prompt(), preference.rejected()));
  }

  int longest() {
    return Math.max(chosen.length(), rejected.length());
  }

  /** All chosen examples, then all rejected ones. */
  static List<Example> flat(List<ExamplePair> pairs) {
    List<Example> all = new ArrayList<>(pairs.stream().map(ExamplePair::chosen).toList());
    pairs.forEach(pair -> all.add(pair.rejected));
    return all;
  }

  /** Those that fit; refuses data of which none does. */
  static List<ExamplePair> fitting(List<ExamplePair> pairs, int sequenceLength) {
    List<ExamplePair> fitting = pairs.stream().filter(pair -> pair.longest() <= sequenceLength).toList();
    if (fitting.isEmpty()) {
      throw new IllegalArgumentException("none of %d pairs fits %d tokens: give pairs, or a longer sequenceLength"
          .formatted(pairs.size(), sequenceLength));
    }
    return fitting;
  }
}
