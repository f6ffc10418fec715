// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.json.Json;
import io.millrace.model.encoder.PackedCrossEncoder;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A cross-encoder that was trained for a domain.
 *
 * @param model its name
 * @param weight of its opinion, chosen on questions that it did not learn from
 */
public record TunedReranker(String model, double weight, PackedCrossEncoder encoder) implements Reranker {

  /** The file beside the weights that says what its opinion weighs. */
  public static final String FILE = "reranker.json";

  /** What {@value #FILE} says. */
  public record Say(double weight) {
    /** Checks the range. */
    public Say {
      Settings.notNegative("weight of a re-ranker", weight);
    }
  }

  /**
   * Reads a folder.
   *
   * @throws IllegalArgumentException when it holds no re-ranker, with the remedy
   */
  public static TunedReranker read(String model, Path folder) throws IOException {
    Path file = folder.resolve(FILE);
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          folder + " has no " + FILE + ": make a re-ranker with 'millrace train domain --model reranker'");
    }
    Say say = Json.read(Files.readAllBytes(file), Say.class);
    return new TunedReranker(model, say.weight(), PackedCrossEncoder.read(folder));
  }

  @Override
  public double[] scores(String question, List<String> passages) {
    return encoder.scores(question, passages);
  }
}
