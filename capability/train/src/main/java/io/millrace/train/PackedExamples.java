// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import java.util.ArrayList;
import java.util.List;

/**
 * Examples packed whole into rows; each sees only itself, and only what is learnt of it is predicted.
 *
 * <p>The rows of an epoch depend on seed and epoch only. Batches go on from the last rows of an epoch to the first of the
 * next, so that the rows of a step are the same however many batches it is divided into. Examples longer than a row are
 * left out and counted.
 */
final class PackedExamples {
  private final List<Example> examples;
  private final int length;
  private final int batchSize;
  private final long seed;
  private final int skipped;
  // The rows of one epoch; the stage asks in the order of steps, so that one is enough.
  private long epoch = -1;
  private long epochStart;
  private List<List<Example>> packed = List.of();

  PackedExamples(List<Example> all, int length, int batchSize, long seed) {
    this.examples = all.stream().filter(e -> e.length() <= length).toList();
    this.skipped = all.size() - examples.size();
    this.length = length;
    this.batchSize = batchSize;
    this.seed = seed;
    if (examples.isEmpty()) {
      throw new IllegalArgumentException(
          "none of %d examples fits a row of %d tokens: give examples, or a longer sequenceLength"
              .formatted(all.size(), length));
    }
  }

  int skipped() {
    return skipped;
  }

  PackedBatch batch(long number) {
    return build(rows(number));
  }

  /** The examples of batch {@code number} of the whole run, row by row; cheap when asked in the order of numbers. */
  private List<List<Example>> rows(long number) {
    List<List<Example>> rows = new ArrayList<>();
    for (long place = number * batchSize; place < (number + 1) * batchSize; place++) {
      rows.add(row(place));
    }
    return rows;
  }

  private List<Example> row(long place) {
    if (place < epochStart) {
      epoch = -1;
      epochStart = 0;
      packed = List.of();
    }
    while (epoch < 0 || place >= epochStart + packed.size()) {
      epochStart += packed.size();
      epoch++;
      packed = pack();
    }
    return packed.get((int) (place - epochStart));
  }

  /** What the batch of that number reads, for people. */
  List<String> documents(long number) {
    return rows(number).stream().flatMap(List::stream).map(Example::document).toList();
  }

  /** Next-fit: an example opens a new row when it does not fit the last one. */
  private List<List<Example>> pack() {
    List<List<Example>> rows = new ArrayList<>();
    int free = 0;
    for (int index : Shuffle.order(examples.size(), seed, epoch)) {
      Example example = examples.get(index);
      if (example.length() > free) {
        rows.add(new ArrayList<>());
        free = length;
      }
      rows.getLast().add(example);
      free -= example.length();
    }
    return rows;
  }

  static PackedBatch build(List<List<Example>> rows) {
    int longest = rows.stream().mapToInt(row -> row.stream().mapToInt(Example::length).sum()).max().orElse(1);
    PackedBatch.Builder batch = new PackedBatch.Builder(rows.size(), longest);
    for (int row = 0; row < rows.size(); row++) {
      int column = 0;
      for (int document = 0; document < rows.get(row).size(); document++) {
        Example example = rows.get(row).get(document);
        batch.example(row, column, document, example);
        column += example.length();
      }
    }
    return batch.build();
  }
}
