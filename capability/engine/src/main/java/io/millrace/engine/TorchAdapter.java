// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.engine.AdapterFolder.LowRank;
import io.millrace.engine.AdapterFolder.Target;
import io.millrace.engine.StepModel.Row;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** An adapter for {@link TorchDecoder}, on its device and in its number format. */
final class TorchAdapter extends Adapter {
  /**
   * What is added to a matrix.
   *
   * @param a [rank, columns]
   * @param b [rows, rank], with the factor applied
   */
  record Pair(Tensor a, Tensor b) {
    Tensor apply(Tensor x) {
      return torch.linear(torch.linear(x, a), b);
    }
  }

  /** Neighbouring rows with one adapter. */
  record Run(int from, int size, TorchAdapter adapter) {}

  private final DeviceTensors tensors;
  private final Map<String, Pair> pairs = new HashMap<>(); // by the name of the matrix

  private TorchAdapter(DeviceTensors tensors) {
    this.tensors = tensors;
  }

  /**
   * Reads a folder for a model with these matrices.
   *
   * @param tensors for this adapter alone, which frees them
   * @throws IOException see {@link AdapterFolder#read}
   */
  static TorchAdapter open(Path folder, List<Target> targets, DeviceTensors tensors) throws IOException {
    Map<String, LowRank> read = AdapterFolder.read(folder, targets);
    TorchAdapter adapter = new TorchAdapter(tensors);
    try {
      for (Target t : targets) {
        LowRank pair = read.get(t.name());
        if (pair != null) {
          adapter.pairs.put(t.name(), new Pair(
              tensors.of(tensors.dtype(), pair.a(), pair.rank(), t.columns()),
              tensors.of(tensors.dtype(), pair.b(), t.rows(), pair.rank())));
        }
      }
      return adapter;
    } catch (RuntimeException | Error e) {
      adapter.release();
      throw e;
    }
  }

  /** The runs of a step's rows that have adapters. */
  static List<Run> runs(List<Row> rows) {
    List<Run> runs = new ArrayList<>();
    for (int from = 0; from < rows.size(); ) {
      Adapter adapter = rows.get(from).adapter();
      int to = from + 1;
      while (to < rows.size() && rows.get(to).adapter() == adapter) {
        to++;
      }
      if (adapter != null) {
        runs.add(new Run(from, to - from, (TorchAdapter) adapter));
      }
      from = to;
    }
    return runs;
  }

  /** What it adds to the matrix of this name, if anything. */
  @Nullable Pair pair(String matrix) {
    return pairs.get(matrix);
  }

  @Override
  void free() {
    tensors.close();
  }
}
