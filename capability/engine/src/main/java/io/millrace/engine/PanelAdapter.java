// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.engine.StepModel.Row;
import io.millrace.engine.kernel.PanelPacker;
import io.millrace.engine.kernel.Panels;
import io.millrace.engine.kernel.Rows;
import io.millrace.engine.kernel.Team;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** An adapter for {@link LlamaDecoder}, whose kernels compute with it. */
final class PanelAdapter extends Adapter {
  /** A [rank, columns] and B [rows, rank], B with the factor applied. */
  private record Pair(Panels a, Panels b) {}

  /** What products with adapters are computed in. For one thread. */
  static final class Scratch {
    private final Rows in = new Rows();
    private final Rows inner = new Rows();
    private final Panels.Scratch panels = new Panels.Scratch();
  }

  private final Arena arena = Arena.ofShared();
  private final Map<String, Pair> pairs = new HashMap<>(); // by the name of the matrix

  private PanelAdapter() {}

  /**
   * Reads a folder for a model.
   *
   * @throws IOException see {@link AdapterFolder#read}
   */
  static PanelAdapter open(Path folder, LlamaWeights weights) throws IOException {
    List<AdapterFolder.Target> targets = new ArrayList<>();
    for (LlamaWeights.Layer layer : weights.layers()) { // embeddings and the output take no adapters
      for (LlamaWeights.Projection p : layer.projections()) {
        targets.add(new AdapterFolder.Target(p.matrix().name(), p.matrix().rows(), p.matrix().columns()));
      }
    }
    Map<String, AdapterFolder.LowRank> read = AdapterFolder.read(folder, targets);
    PanelAdapter adapter = new PanelAdapter();
    try (Team alone = new Team(1)) {
      PanelPacker packer = new PanelPacker(adapter.arena, alone);
      for (AdapterFolder.Target t : targets) {
        AdapterFolder.LowRank pair = read.get(t.name());
        if (pair != null) {
          adapter.pairs.put(t.name(), new Pair(
              packer.f32(t.name() + " A", pair.rank(), t.columns(), MemorySegment.ofArray(pair.a())),
              packer.f32(t.name() + " B", t.rows(), pair.rank(), MemorySegment.ofArray(pair.b()))));
        }
      }
      return adapter;
    } catch (RuntimeException | Error e) {
      adapter.release();
      throw e;
    }
  }

  /** Adds to each row of a matrix's products what its adapter has to say; neighbours with one adapter go together. */
  static void addTo(float[] out, Panels m, List<Row> rows, float[] in, Scratch scratch) {
    for (int from = 0; from < rows.size(); ) {
      Adapter adapter = rows.get(from).adapter();
      int to = from + 1;
      while (to < rows.size() && rows.get(to).adapter() == adapter) {
        to++;
      }
      Pair pair = adapter == null ? null : ((PanelAdapter) adapter).pairs.get(m.name());
      if (pair != null) {
        add(pair, out, m, from, to - from, in, scratch);
      }
      from = to;
    }
  }

  private static void add(Pair pair, float[] out, Panels m, int from, int n, float[] in, Scratch scratch) {
    float[] x = Arrays.copyOfRange(in, from * m.columns(), (from + n) * m.columns());
    float[] low = product(pair.a, scratch.in.set(x, n, m.columns()), n, scratch.panels);
    float[] delta = product(pair.b, scratch.inner.set(low, n, pair.a.rows()), n, scratch.panels);
    for (int i = 0; i < n * m.rows(); i++) {
      out[from * m.rows() + i] += delta[i];
    }
  }

  private static float[] product(Panels m, Rows x, int n, Panels.Scratch scratch) {
    float[] y = new float[n * m.rows()];
    m.multiply(x, 0, n, y, 0, m.strips(), n <= 2 ? Panels.Way.DIRECT : Panels.Way.SHARED, scratch);
    return y;
  }

  @Override
  void free() {
    arena.close();
  }
}
