// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.engine.RowRuns.Run;
import io.millrace.engine.kernel.KvPages;
import io.millrace.tensor.DType;
import io.millrace.tensor.Device;
import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Causal attention of a step's rows over the pages of their sequences. Runs of as many rows and about as many pages are
 * computed together, the shorter ones filled up to the longest with their own first page, of which nothing is seen.
 *
 * <p>It is a product, a softmax in F32 and a product: libtorch's fused attention knows no pages, and is slow on CPUs in BF16.
 * Made once a step, for all layers; its tensors belong to the open scope.
 */
final class TorchAttention {
  /** Scores, keys and values that are computed with at a time, so that a long prompt does not fill the device. */
  private static final long ELEMENTS = 1L << 26;

  /** Runs that go together: rows of each, and the power of two below their pages. */
  private record Shape(int rows, int pages) {}

  /**
   * Runs that are computed together.
   *
   * @param rows of the step, [runs × rows each] I64
   * @param pages [runs × pages each] I64
   * @param unseen positions after a row's own, [runs, 1, 1, rows each, positions]
   */
  private record Part(int runs, int each, Tensor rows, Tensor pages, Tensor unseen) {}

  private final LlamaConfig config;
  private final Device device;
  private final List<Part> parts = new ArrayList<>();

  TorchAttention(RowRuns step, LlamaConfig config, Device device) {
    this.config = config;
    this.device = device;
    Map<Shape, List<Run>> groups = new LinkedHashMap<>();
    for (Run run : step.runs()) {
      int atATime = (int) Math.clamp(ELEMENTS / elements(1, pages(run, step)), 1, run.size());
      for (int from = run.from(); from < run.to(); from += atATime) {
        Run part = new Run(from, Math.min(run.to(), from + atATime), run.pages());
        Shape shape = new Shape(part.size(), Integer.highestOneBit(pages(part, step)));
        groups.computeIfAbsent(shape, s -> new ArrayList<>()).add(part);
      }
    }
    groups.forEach((shape, runs) -> {
      int atATime = (int) Math.clamp(ELEMENTS / elements(shape.rows, 2 * shape.pages), 1, runs.size());
      for (int from = 0; from < runs.size(); from += atATime) {
        parts.add(part(runs.subList(from, Math.min(runs.size(), from + atATime)), step));
      }
    });
  }

  private static int pages(Run run, RowRuns step) {
    return step.positions()[run.to() - 1] / KvPages.POSITIONS + 1;
  }

  private long elements(int rows, int pages) {
    return (long) pages * KvPages.POSITIONS * ((long) rows * config.heads() + 2L * config.kvDim());
  }

  private Part part(List<Run> runs, RowRuns step) {
    int each = runs.getFirst().size();
    int most = runs.stream().mapToInt(run -> pages(run, step)).max().orElseThrow();
    long[] rows = new long[runs.size() * each];
    long[] positions = new long[rows.length];
    long[] pages = new long[runs.size() * most];
    for (int r = 0; r < runs.size(); r++) {
      Run run = runs.get(r);
      for (int i = 0; i < each; i++) {
        rows[r * each + i] = run.from() + i;
        positions[r * each + i] = step.positions()[run.from() + i];
      }
      int own = pages(run, step);
      for (int p = 0; p < most; p++) {
        pages[r * most + p] = run.pages().pages()[p < own ? p : 0];
      }
    }
    Tensor all = torch.arange(new Scalar(most * KvPages.POSITIONS), device.options(DType.I64));
    Tensor own = device.move(Tensors.of(positions, runs.size(), 1, 1, each, 1));
    return new Part(runs.size(), each, index(rows), index(pages), all.gt(own));
  }

  private Tensor index(long[] values) {
    return device.move(Tensors.of(values, values.length));
  }

  /**
   * What each row sees.
   *
   * @param q rotated queries divided by the root of headDim, [n, heads, headDim]
   * @return [n, heads × headDim]
   */
  Tensor apply(int layer, Tensor q, TorchPages kv) {
    if (parts.size() == 1) {
      return apply(layer, q, kv, parts.getFirst()); // its rows are the step's, in order
    }
    Tensor mixed = q.reshape(-1, config.queryDim()).clone(); // of the right shape and type, overwritten
    for (Part part : parts) {
      mixed.index_copy_(0, part.rows, apply(layer, q.index_select(0, part.rows), kv, part));
    }
    return mixed;
  }

  private Tensor apply(int layer, Tensor q, TorchPages kv, Part part) {
    int groups = config.kvHeads();
    int shared = config.heads() / groups;
    int headDim = config.headDim();
    ScalarType dtype = q.scalar_type();
    // [runs, groups, positions, headDim]
    Tensor keys = kv.keys(layer, part.pages).view(part.runs, -1, groups, headDim).to(dtype).transpose(1, 2);
    Tensor values = kv.values(layer, part.pages).view(part.runs, -1, groups, headDim).to(dtype).transpose(1, 2);
    // The queries of a group are stacked, so that one product serves all heads that share a key.
    Tensor stacked = q.reshape(part.runs, part.each, groups, shared, headDim).permute(0, 2, 3, 1, 4)
        .reshape(part.runs, groups, (long) shared * part.each, headDim);
    Tensor scores = stacked.matmul(keys.transpose(2, 3)).view(part.runs, groups, shared, part.each, -1)
        .masked_fill(part.unseen, new Scalar(Double.NEGATIVE_INFINITY));
    Tensor weights = scores.softmax(-1, new ScalarTypeOptional(ScalarType.Float)).to(dtype);
    return weights.view(part.runs, groups, (long) shared * part.each, -1).matmul(values)
        .view(part.runs, groups, shared, part.each, headDim).permute(0, 3, 1, 2, 4)
        .reshape((long) part.runs * part.each, config.queryDim());
  }
}
