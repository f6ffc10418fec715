// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.engine;

import io.millrace.benchmarks.Figures;
import io.millrace.benchmarks.Row;
import io.millrace.model.safetensors.TensorSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** How much of memory's bandwidth, measured right before and after, goes into reading weights while one stream is written. */
final class WeightTraffic {
  private record Seen(double weights, double bandwidth) {}

  private final int threads;
  private final Map<Precision, List<Seen>> all = new EnumMap<>(Precision.class);

  WeightTraffic(int threads) {
    this.threads = threads;
  }

  /** Bytes of weights, scales included, that a token reads once: all of a folder's, whose embedding is its output layer too. */
  static long bytes(Path folder) throws IOException {
    try (TensorSource source = TensorSource.openFolder(folder)) {
      return source.names().stream().mapToLong(name -> source.tensor(name).data().byteSize()).sum();
    }
  }

  /** Bytes a second that the machine reads now. */
  double bandwidth() {
    try (ReadBandwidth now = new ReadBandwidth(threads, ReadBandwidth.GIGABYTE)) {
      return now.best();
    }
  }

  /**
   * Takes a turn's figures.
   *
   * @param weights bytes of weights read a second
   * @param bandwidth bytes that could be read a second then
   */
  void add(Precision precision, double weights, double bandwidth) {
    all.computeIfAbsent(precision, _ -> new ArrayList<>()).add(new Seen(weights, bandwidth));
  }

  /** The median share of the bandwidth, and the median bandwidth. */
  Row row(String subject, Precision precision) {
    List<Seen> turns = all.getOrDefault(precision, List.of());
    double share = Figures.median(turns.stream().mapToDouble(seen -> seen.weights / seen.bandwidth).toArray());
    double bandwidth = Figures.median(turns.stream().mapToDouble(Seen::bandwidth).toArray());
    return Row.against(subject, "weights read", share * bandwidth / 1e9, "GB/s", "read bandwidth", bandwidth / 1e9);
  }
}
