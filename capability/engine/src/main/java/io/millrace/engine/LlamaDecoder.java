// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.engine.LlamaWeights.Layer;
import io.millrace.engine.LlamaWeights.Projection;
import io.millrace.engine.RowRuns.Run;
import io.millrace.engine.kernel.Attention;
import io.millrace.engine.kernel.Elements;
import io.millrace.engine.kernel.KvFormat;
import io.millrace.engine.kernel.KvPages;
import io.millrace.engine.kernel.Panels;
import io.millrace.engine.kernel.Panels.Way;
import io.millrace.engine.kernel.RotaryEmbedding;
import io.millrace.engine.kernel.Rows;
import io.millrace.engine.kernel.Team;
import io.millrace.tensor.array.Lanes;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The forward pass of a Llama decoder (Touvron et al., 2023): several tokens at a time, of one sequence or of many, so
 * that the weights are read once for all of them. Each row's numbers are the same in every company. For one thread.
 */
final class LlamaDecoder implements StepModel {
  /** Products with fewer terms than this are not worth waking another thread. */
  private static final long SMALL = 1 << 16;

  private final LlamaConfig config;
  private final LlamaWeights weights;
  private final KvPages kv;
  private final Team team;
  private final boolean ownsTeam;
  private final Crossover crossover;
  private final RotaryEmbedding rotary;
  private final Rows input = new Rows();
  private final Panels.Scratch[] scratch;
  private final Attention[] attention;
  private final PanelAdapter.Scratch adapterScratch;
  private float[] x = new float[0];
  private float[] normed = new float[0];
  private float[] q = new float[0];
  private float[] k = new float[0];
  private float[] v = new float[0];
  private float[] mixed = new float[0];
  private float[] delta = new float[0];
  private float[] gate = new float[0];
  private float[] up = new float[0];

  /**
   * A decoder that owns its weights and pages.
   *
   * @param team to share work with
   * @param ownsTeam whether it is closed with this decoder
   */
  private LlamaDecoder(LlamaConfig config, LlamaWeights weights, KvPages kv, Team team, boolean ownsTeam) {
    this.config = config;
    this.weights = weights;
    this.kv = kv;
    this.team = team;
    this.ownsTeam = ownsTeam;
    crossover = new Crossover();
    rotary = new RotaryEmbedding(config.headDim(), config.context(), config.ropeTheta());
    scratch = new Panels.Scratch[team.threads()];
    attention = new Attention[team.threads()];
    for (int i = 0; i < scratch.length; i++) {
      scratch[i] = new Panels.Scratch();
      attention[i] = new Attention(kv);
    }
    adapterScratch = new PanelAdapter.Scratch();
  }

  /**
   * Loads a model folder.
   *
   * @param pages of keys and values; 0 for as many as one whole context takes
   * @throws IOException when a file is missing, torn, or does not fit the others
   */
  static LlamaDecoder open(Path folder, LlamaConfig config, int threads, KvFormat kv, int pages) throws IOException {
    Team team = new Team(threads);
    try {
      return open(folder, config, team, true, kv, pages);
    } catch (IOException | RuntimeException | Error e) {
      team.close();
      throw e;
    }
  }

  /**
   * Loads a model folder beside another decoder, with whose threads it computes: the two make their steps in turns, and this
   * one is closed first. Parameters and errors are those of {@link #open}.
   */
  static LlamaDecoder openBeside(LlamaDecoder other, Path folder, LlamaConfig config, KvFormat kv, int pages)
      throws IOException {
    return open(folder, config, other.team, false, kv, pages);
  }

  private static LlamaDecoder open(
      Path folder, LlamaConfig config, Team team, boolean ownsTeam, KvFormat kv, int pages) throws IOException {
    LlamaWeights weights = null;
    try {
      weights = LlamaWeights.open(folder, config, team);
      int count = pages > 0 ? pages : (config.context() + KvPages.POSITIONS - 1) / KvPages.POSITIONS;
      KvPages memory = new KvPages(kv, config.layers(), config.kvHeads(), config.headDim(), count);
      memory.touch(team);
      return new LlamaDecoder(config, weights, memory, team, ownsTeam);
    } catch (IOException | RuntimeException | Error e) {
      if (weights != null) {
        weights.close();
      }
      throw e;
    }
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
  public boolean readsApart() {
    return weights.layers().stream().flatMap(l -> l.projections().stream()).anyMatch(p -> Crossover.readsApart(p.matrix()));
  }

  @Override
  public double cost() {
    return crossover.cost();
  }

  @Override
  public Adapter openAdapter(Path folder) throws IOException {
    return PanelAdapter.open(folder, weights);
  }

  LlamaWeights weights() {
    return weights;
  }

  KvPages kv() {
    return kv;
  }

  Team team() {
    return team;
  }

  Crossover crossover() {
    return crossover;
  }

  @Override
  public float[][] step(List<Row> rows) {
    int n = rows.size();
    RowRuns runs = RowRuns.of(rows, config);
    reserve(n);
    for (int i = 0; i < n; i++) {
      weights.embedding().copyRow(rows.get(i).token(), x, i * config.dim());
    }
    List<Span> spans = spans(rows);
    for (int l = 0; l < config.layers(); l++) {
      Layer layer = weights.layers().get(l);
      attend(layer, l, rows, spans, runs);
      feedForward(layer, rows, spans);
    }
    runs.append();
    return logits(rows);
  }

  private void reserve(int n) {
    if (x.length >= n * config.dim()) {
      return;
    }
    x = new float[n * config.dim()];
    normed = new float[n * config.dim()];
    q = new float[n * config.queryDim()];
    k = new float[n * config.kvDim()];
    v = new float[n * config.kvDim()];
    mixed = new float[n * config.queryDim()];
    delta = new float[n * config.dim()];
    gate = new float[n * config.hidden()];
    up = new float[n * config.hidden()];
  }

  /** Neighbouring rows that are computed in the same way. */
  private record Span(int from, int to, boolean given) {}

  private static List<Span> spans(List<Row> rows) {
    List<Span> spans = new ArrayList<>();
    for (int from = 0; from < rows.size(); ) {
      boolean given = rows.get(from).given();
      int to = from + 1;
      while (to < rows.size() && rows.get(to).given() == given) {
        to++;
      }
      spans.add(new Span(from, to, given));
      from = to;
    }
    return spans;
  }

  private void attend(Layer layer, int l, List<Row> rows, List<Span> spans, RowRuns runs) {
    int[] positions = runs.positions();
    int n = positions.length;
    norm(n, layer.attentionNorm());
    input.set(normed, n, config.dim());
    project(layer.q(), rows, spans, normed, q);
    project(layer.k(), rows, spans, normed, k);
    project(layer.v(), rows, spans, normed, v);
    team.run(n, 1, n * config.queryDim() < 8192, (from, to, thread) -> {
      for (int i = from; i < to; i++) {
        place(layer, l, rows.get(i).pages(), positions[i], i);
      }
    });
    mix(l, runs.runs(), positions);
    input.set(mixed, n, config.queryDim());
    project(layer.o(), rows, spans, mixed, delta);
    Elements.add(x, delta, 0, n * config.dim());
  }

  /** Normalises and rotates a row's queries and keys, and stores its keys and values. */
  private void place(Layer layer, int l, PageTable pages, int position, int i) {
    normHeads(q, i * config.queryDim(), config.heads(), layer.qNorm());
    normHeads(k, i * config.kvDim(), config.kvHeads(), layer.kNorm());
    rotary.rotate(q, i * config.queryDim(), config.heads(), position);
    rotary.rotate(k, i * config.kvDim(), config.kvHeads(), position);
    kv.put(pages.page(position), l, position % KvPages.POSITIONS, k, i * config.kvDim(), v, i * config.kvDim());
  }

  private void normHeads(float[] heads, int at, int count, float @Nullable [] scale) {
    if (scale != null) {
      for (int h = 0; h < count; h++) {
        int head = at + h * scale.length;
        Elements.rmsNorm(heads, head, scale, config.normEps(), heads, head);
      }
    }
  }

  /** Each part: some rows of one sequence and one head of keys. */
  private void mix(int l, List<Run> runs, int[] positions) {
    int shared = config.heads() / config.kvHeads();
    int rowsAtATime = Math.max(1, Attention.ROWS / shared);
    List<Run> parts = new ArrayList<>();
    long terms = 0;
    for (Run run : runs) {
      for (int from = run.from(); from < run.to(); from += rowsAtATime) {
        int to = Math.min(run.to(), from + rowsAtATime);
        parts.add(new Run(from, to, run.pages()));
        terms += (long) (to - from) * positions[to - 1] * config.queryDim();
      }
    }
    team.run(parts.size() * config.kvHeads(), 1, terms < SMALL, (from, to, thread) -> {
      for (int j = from; j < to; j++) {
        Run part = parts.get(parts.size() - 1 - j / config.kvHeads()); // the longest come first
        mix(l, part, j % config.kvHeads(), shared, positions, attention[thread]);
      }
    });
  }

  private void mix(int l, Run part, int head, int shared, int[] positions, Attention attention) {
    int step = Math.min(shared, Attention.ROWS); // more query heads than go at a time are taken in turns
    for (int h0 = 0; h0 < shared; h0 += step) {
      int heads = Math.min(step, shared - h0);
      int count = (part.to() - part.from()) * heads;
      int[] seen = new int[count];
      int[] at = new int[count];
      for (int i = 0; i < count; i++) {
        int row = part.from() + i / heads;
        seen[i] = positions[row] + 1;
        at[i] = row * config.queryDim() + (head * shared + h0 + i % heads) * config.headDim();
      }
      attention.attend(l, head, part.pages().pages(), count, seen, q, at, mixed);
    }
  }

  private void feedForward(Layer layer, List<Row> rows, List<Span> spans) {
    int n = rows.size();
    norm(n, layer.mlpNorm());
    input.set(normed, n, config.dim());
    project(layer.gate(), rows, spans, normed, gate);
    project(layer.up(), rows, spans, normed, up);
    int size = n * config.hidden();
    team.run(size, 64, size < 8192, (from, to, thread) -> Elements.swiGlu(gate, up, from, to));
    input.set(gate, n, config.hidden());
    project(layer.down(), rows, spans, gate, delta);
    Elements.add(x, delta, 0, n * config.dim());
  }

  private float[][] logits(List<Row> rows) {
    int wanted = 0;
    for (int i = 0; i < rows.size(); i++) {
      if (rows.get(i).logits()) {
        System.arraycopy(x, i * config.dim(), x, wanted++ * config.dim(), config.dim());
      }
    }
    float[][] out = new float[wanted][];
    if (wanted > 0) {
      norm(wanted, weights.norm());
      float[] all = new float[Math.multiplyExact(wanted, config.vocabulary())];
      input.set(normed, wanted, config.dim());
      multiply(weights.output(), all, new Span(0, wanted, false));
      for (int i = 0; i < wanted; i++) {
        out[i] = wanted == 1 ? all : Arrays.copyOfRange(all, i * config.vocabulary(),
            (i + 1) * config.vocabulary());
      }
    }
    return out;
  }

  private void norm(int n, float[] scale) {
    team.run(n, 1, n * config.dim() < 16_384, (from, to, thread) -> {
      for (int i = from; i < to; i++) {
        Elements.rmsNorm(x, i * config.dim(), scale, config.normEps(), normed, i * config.dim());
      }
    });
  }

  private void project(Projection p, List<Row> rows, List<Span> spans, float[] in, float[] out) {
    spans.forEach(span -> multiply(p.matrix(), out, span));
    float[] bias = p.bias();
    if (bias != null) {
      for (int i = 0; i < rows.size(); i++) {
        for (int r = 0; r < bias.length; r++) {
          out[i * bias.length + r] += bias[r];
        }
      }
    }
    PanelAdapter.addTo(out, p.matrix(), rows, in, adapterScratch);
  }

  /**
   * out = the present input times a matrix, for some rows, however few, in the way of those that were given or those that were
   * written.
   */
  private void multiply(Panels m, float[] out, Span span) {
    int n = span.to - span.from;
    Way way = crossover.way(m, n, span.given);
    input.prepare(way, m.format(), span.from, span.to, team);
    long terms = (long) m.rows() * m.columns() * n;
    team.run(m.strips(), 1, terms < SMALL,
        (from, to, thread) -> m.multiply(input, span.from, span.to, out, from, to, way, scratch[thread]));
  }

  @Override
  public String toString() {
    return "threads=%d kernels=%s crossover=%s weights=%d MB kv=%d MB".formatted(team.threads(),
        Lanes.AVAILABLE ? Lanes.N + " lanes" : "plain", crossover, weights.bytes() >> 20, kv.bytes() >> 20);
  }

  @Override
  public void close() {
    if (ownsTeam) {
      team.close();
    }
    kv.close();
    weights.close();
  }
}
