// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.scale;

import org.apache.lucene.util.VectorUtil;

import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.stream.Collectors;

/** The nearest of all vectors to each of some questions, found by looking at every one. */
final class NearestOfAll {

  private record Near(int number, float similarity) {}

  private final List<float[]> questions;
  private final int wanted;
  /** For each question, the farthest first. */
  private final List<PriorityQueue<Near>> nearest;

  NearestOfAll(List<float[]> questions, int wanted) {
    this.questions = questions;
    this.wanted = wanted;
    this.nearest =
        questions.stream().map(question -> new PriorityQueue<Near>(Comparator.comparingDouble(Near::similarity))).toList();
  }

  void look(int number, float[] vector) {
    for (int i = 0; i < questions.size(); i++) {
      PriorityQueue<Near> held = nearest.get(i);
      float similarity = VectorUtil.dotProduct(questions.get(i), vector);
      if (held.size() < wanted || similarity > held.element().similarity()) {
        held.add(new Near(number, similarity));
        if (held.size() > wanted) {
          held.remove();
        }
      }
    }
  }

  /** Returns the numbers of the nearest to a question. */
  Set<Integer> nearest(int question) {
    return nearest.get(question).stream().map(Near::number).collect(Collectors.toUnmodifiableSet());
  }
}
