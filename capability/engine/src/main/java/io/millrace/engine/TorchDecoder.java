// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.engine.TorchWeights.Layer;
import io.millrace.engine.kernel.KvFormat;
import io.millrace.engine.kernel.KvPages;
import io.millrace.tensor.DType;
import io.millrace.tensor.Device;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The forward pass of a Llama decoder (Touvron et al., 2023) through libtorch, for CUDA devices: weights, keys and values stay
 * on the device, a step sends tokens there and gets logits back. A row's numbers are the same in every company up to
 * rounding, not to the bit as {@link LlamaDecoder}'s are. For one thread; what a step makes natively is freed with it.
 */
final class TorchDecoder implements StepModel {
  /** Rows of the larger of the steps whose times are compared. */
  private static final int FEW = 4;

  private static final int TRIALS = 5;

  private final LlamaConfig config;
  private final DeviceTensors tensors; // all that outlives a step
  private final TorchWeights weights;
  private final TorchPages kv;
  private final long weightBytes;
  private double cost = 1;

  /** What all layers of a step share. */
  private record Step(
      Tensor slots, TorchRotary rotary, TorchAttention attention, List<TorchAdapter.Run> adapters) {}

  /** Loads a model into {@code tensors}, which from then on belong to it. */
  private TorchDecoder(Path folder, LlamaConfig config, DeviceTensors tensors, KvFormat format, int pages)
      throws IOException {
    this.config = config;
    this.tensors = tensors;
    weights = TorchWeights.open(folder, config, tensors);
    weightBytes = tensors.bytes();
    kv = new TorchPages(format, config, tensors, pages);
    warmUp(folder);
  }

  /**
   * Loads a model folder onto a device, and makes a few steps to see that it computes there and how fast.
   *
   * @param dtype BF16 or F32: of weights and products; what is stored in few bits is turned into it
   * @param pages of keys and values; 0 for as many as one whole context takes
   * @throws IOException when a file is missing, torn, or does not fit the others
   * @throws IllegalStateException when the device is not there, or what it computes is not finite
   */
  static TorchDecoder open(Path folder, LlamaConfig config, Device device, DType dtype, KvFormat format, int pages)
      throws IOException {
    DeviceTensors tensors = new DeviceTensors(device.required(), dtype);
    try (NoGrad _ = NoGrad.open()) {
      int count = pages > 0 ? pages : (config.context() + KvPages.POSITIONS - 1) / KvPages.POSITIONS;
      return new TorchDecoder(folder, config, tensors, format, count);
    } catch (IOException | RuntimeException | Error e) {
      tensors.close();
      throw e;
    }
  }

  /** Steps of one row and of a few, on the first page, which nobody has yet. */
  private void warmUp(Path folder) {
    int few = Math.min(FEW, config.context());
    double one = Double.POSITIVE_INFINITY;
    double more = Double.POSITIVE_INFINITY;
    for (int i = 0; i < TRIALS; i++) {
      one = Math.min(one, time(folder, 1));
      more = Math.min(more, time(folder, few));
    }
    cost = Math.max(1, more / one);
  }

  private double time(Path folder, int count) {
    PageTable table = new PageTable();
    table.add(0);
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      rows.add(new Row(table, i % config.vocabulary(), true));
    }
    long start = System.nanoTime();
    float[][] logits = step(rows);
    long took = System.nanoTime() - start;
    for (float logit : logits[count - 1]) {
      if (!Float.isFinite(logit)) {
        throw new IllegalStateException(folder + ": a logit is " + logit + " on " + tensors.device() + " in "
            + tensors.dtype() + "; check that the weights are finite");
      }
    }
    return took;
  }

  @Override
  public LlamaConfig config() {
    return config;
  }

  @Override
  public int pages() {
    return kv.count();
  }

  @Override
  public double cost() {
    return cost;
  }

  @Override
  public Adapter openAdapter(Path folder) throws IOException {
    return TorchAdapter.open(folder, weights.adaptable(), new DeviceTensors(tensors.device(), tensors.dtype()));
  }

  @Override
  public float[][] step(List<Row> rows) {
    RowRuns runs = RowRuns.of(rows, config);
    if (rows.isEmpty()) {
      return new float[0][];
    }
    try (NoGrad _ = NoGrad.open();
        Scope _ = Scope.open()) {
      Step step = new Step(slots(rows, runs), TorchRotary.of(runs.positions(), config, tensors),
          new TorchAttention(runs, config, tensors.device()), TorchAdapter.runs(rows));
      Tensor x = torch.embedding(weights.embedding(), index(rows.stream().mapToLong(Row::token).toArray()));
      for (int l = 0; l < config.layers(); l++) {
        Layer layer = weights.layers().get(l);
        try (Scope _ = Scope.open()) { // a layer's own tensors make place for the next one's
          x.add_(attend(layer, l, norm(x, layer.attentionNorm()), step));
          x.add_(feedForward(layer, norm(x, layer.mlpNorm()), step));
        }
      }
      float[][] logits = logits(x, rows);
      runs.append();
      return logits;
    }
  }

  private Tensor slots(List<Row> rows, RowRuns runs) {
    long[] slots = new long[rows.size()];
    for (int i = 0; i < slots.length; i++) {
      int position = runs.positions()[i];
      slots[i] = (long) rows.get(i).pages().page(position) * KvPages.POSITIONS + position % KvPages.POSITIONS;
    }
    return index(slots);
  }

  private Tensor index(long[] values) {
    return tensors.place(Tensors.of(values, values.length), DType.I64);
  }

  private Tensor norm(Tensor x, Tensor scale) {
    return torch.rms_norm(x, new long[] {config.dim()}, new TensorOptional(scale), new DoubleOptional(config.normEps()));
  }

  /** What attention adds to the stream, [n, dim]. */
  private Tensor attend(Layer layer, int l, Tensor x, Step step) {
    int n = (int) x.size(0);
    int heads = config.heads();
    Tensor qkv = layer.qkv().apply(x, step.adapters).view(n, heads + 2L * config.kvHeads(), config.headDim());
    Tensor qk = qkv.narrow(1, 0, heads + config.kvHeads()).to(DType.F32.torch());
    Tensor scale = layer.headNorms();
    if (scale != null) {
      qk = torch.rms_norm(qk, new long[] {config.headDim()}, new TensorOptional(), new DoubleOptional(config.normEps()))
          .mul(scale);
    }
    qk = step.rotary.apply(qk);
    kv.put(l, step.slots, qk.narrow(1, heads, config.kvHeads()), qkv.narrow(1, heads + config.kvHeads(), config.kvHeads()));
    Tensor q = qk.narrow(1, 0, heads).mul(new Scalar(1 / Math.sqrt(config.headDim()))).to(tensors.dtype().torch());
    return layer.o().apply(step.attention.apply(l, q, kv), step.adapters);
  }

  /** What the feed-forward network adds to the stream, [n, dim]. */
  private Tensor feedForward(Layer layer, Tensor x, Step step) {
    Tensor both = layer.gateUp().apply(x, step.adapters);
    Tensor gated = torch.silu(both.narrow(1, 0, config.hidden())).mul(both.narrow(1, config.hidden(), config.hidden()));
    return layer.down().apply(gated, step.adapters);
  }

  private float[][] logits(Tensor x, List<Row> rows) {
    long[] wanted = IntStream.range(0, rows.size()).filter(i -> rows.get(i).logits()).asLongStream().toArray();
    float[][] out = new float[wanted.length][];
    if (wanted.length > 0) {
      Tensor seen = wanted.length == rows.size() ? x : x.index_select(0, index(wanted));
      float[] all = Tensors.floats(torch.linear(norm(seen, weights.norm()), weights.output()));
      for (int i = 0; i < out.length; i++) {
        out[i] = Arrays.copyOfRange(all, i * config.vocabulary(), (i + 1) * config.vocabulary());
      }
    }
    return out;
  }

  @Override
  public String toString() {
    return "device=%s numbers=%s four rows cost %.2f weights=%d MB kv=%d MB".formatted(tensors.device(), tensors.dtype(),
        cost, weightBytes >> 20, tensors.bytes() - weightBytes >> 20);
  }

  @Override
  public void close() {
    tensors.close();
  }
}
