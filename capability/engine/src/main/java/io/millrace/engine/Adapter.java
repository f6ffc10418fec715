// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.engine.LlamaDecoder.Row;
import io.millrace.engine.kernel.PanelPacker;
import io.millrace.engine.kernel.Panels;
import io.millrace.engine.kernel.Rows;
import io.millrace.engine.kernel.Team;
import io.millrace.model.safetensors.SafetensorsFile;
import io.millrace.model.safetensors.TensorSource;
import io.millrace.model.safetensors.TensorView;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A low-rank adapter (Hu et al., LoRA, 2021) in the layout of PEFT: to the product of a matrix it adds
 * {@code alpha / rank × B (A x)}. Requests with different adapters go through the same products of the model. Off the heap;
 * whoever has it retains it, and the last one to release it frees it.
 */
public final class Adapter {
  private static final String PREFIX = "base_model.model.";

  /** A [rank, columns] and B [rows, rank], B with the factor applied. */
  private record Pair(Panels a, Panels b) {}

  /** What products with adapters are computed in. For one thread. */
  static final class Scratch {
    private final Rows in;
    private final Rows inner;
    private final Panels.Scratch panels = new Panels.Scratch();

    Scratch(Team team) {
      in = new Rows(team);
      inner = new Rows(team);
    }
  }

  private final Arena arena = Arena.ofShared();
  private final AtomicInteger holders = new AtomicInteger(1);
  private final Map<String, Pair> pairs = new HashMap<>(); // by the name of the matrix

  private Adapter() {}

  /**
   * Reads a folder with {@code adapter_config.json} and {@code adapter_model.safetensors}.
   *
   * @throws IOException when a file is missing or torn, or a matrix does not fit the model, naming it
   */
  static Adapter open(Path folder, LlamaWeights weights) throws IOException {
    AdapterConfig config = AdapterConfig.read(folder);
    Adapter adapter = new Adapter();
    try (TensorSource source = SafetensorsFile.open(folder.resolve("adapter_model.safetensors"));
        Team alone = new Team(1)) {
      PanelPacker packer = new PanelPacker(adapter.arena, alone);
      int used = 0;
      for (LlamaWeights.Layer layer : weights.layers()) { // embeddings and the output take no adapters
        for (LlamaWeights.Projection p : layer.projections()) {
          used += adapter.add(p.matrix(), source, packer, config);
        }
      }
      if (used != source.names().size()) {
        List<String> known = adapter.pairs.keySet().stream().sorted().toList();
        throw new IOException(folder + ": of the adapter's " + source.names().size() + " tensors, " + used
            + " belong to matrices of this model: " + known + "; the first of the adapter's is "
            + source.names().iterator().next());
      }
      return adapter;
    } catch (IllegalArgumentException e) {
      adapter.release();
      throw new IOException(folder + ": " + e.getMessage(), e);
    } catch (IOException | RuntimeException | Error e) {
      adapter.release();
      throw e;
    }
  }

  private int add(Panels m, TensorSource source, PanelPacker packer, AdapterConfig config) {
    String name = PREFIX + m.name().substring(0, m.name().length() - ".weight".length());
    TensorView a = source.find(name + ".lora_A.weight").orElse(null);
    TensorView b = source.find(name + ".lora_B.weight").orElse(null);
    if (a == null || b == null) {
      return 0;
    }
    a.requireShape(config.rank(), m.columns());
    b.requireShape(m.rows(), config.rank());
    float[] scaled = b.toFloats();
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] *= config.factor();
    }
    pairs.put(m.name(), new Pair(
        packer.f32(a.name(), config.rank(), m.columns(), MemorySegment.ofArray(a.toFloats())),
        packer.f32(b.name(), m.rows(), config.rank(), MemorySegment.ofArray(scaled))));
    return 2;
  }

  /** Adds to each row of a matrix's products what its adapter has to say; neighbours with one adapter go together. */
  static void addTo(float[] out, Panels m, List<Row> rows, float[] in, Scratch scratch) {
    for (int from = 0; from < rows.size(); ) {
      Adapter adapter = rows.get(from).adapter();
      int to = from + 1;
      while (to < rows.size() && rows.get(to).adapter() == adapter) {
        to++;
      }
      Pair pair = adapter == null ? null : adapter.pairs.get(m.name());
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
    m.multiply(x, y, 0, m.strips(), n <= 2, scratch);
    return y;
  }

  /** Names of the matrices that it changes. */
  List<String> matrices() {
    return new ArrayList<>(pairs.keySet());
  }

  /**
   * Keeps it open until {@link #release}.
   *
   * @throws IllegalStateException when it has been freed
   */
  void retain() {
    if (holders.getAndUpdate(n -> n == 0 ? 0 : n + 1) == 0) {
      throw new IllegalStateException("the adapter has been freed");
    }
  }

  /** Gives up a hold on it. */
  void release() {
    if (holders.decrementAndGet() == 0) {
      arena.close();
    }
  }
}
