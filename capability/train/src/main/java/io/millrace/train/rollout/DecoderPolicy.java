// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.rollout;

import io.millrace.model.decoder.Decoder;
import io.millrace.model.decoder.KvCache;
import io.millrace.tensor.DType;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Samples from the decoder under training itself, many answers at once.
 *
 * <p>Prompts of similar length are read together, padded at their beginning; the padding is masked. Each token is then
 * read alone, with the keys and values of those before it in a cache; rows that have ended leave the batch when they are
 * half of it.
 */
public final class DecoderPolicy implements Policy {
  private static final double HIDDEN = -1e30;

  private final Decoder decoder;
  private final int rows;

  /**
   * A policy that follows the decoder's weights as they change.
   *
   * @param decoder stays the caller's
   * @param rows most answers that are drawn at once
   */
  public DecoderPolicy(Decoder decoder, int rows) {
    if (rows < 1) {
      throw new IllegalArgumentException("rows " + rows + ": must be at least 1");
    }
    this.decoder = decoder;
    this.rows = rows;
  }

  @Override
  public List<Rollout> sample(List<Request> requests, Sampling sampling) {
    int longest = requests.stream().mapToInt(request -> request.prompt().length).max().orElse(0);
    // Not the longest sequence: where positions stretch by themselves, cached keys would have been turned otherwise.
    int room = decoder.config().maxPositions();
    if (longest + sampling.maxTokens() > room) {
      throw new IllegalArgumentException("a prompt of %d tokens and an answer of up to %d: the decoder has %d positions"
          .formatted(longest, sampling.maxTokens(), room));
    }
    List<Integer> order = new ArrayList<>(IntStream.range(0, requests.size()).boxed().toList());
    order.sort(Comparator.comparingInt(i -> requests.get(i).prompt().length));
    Rollout[] rollouts = new Rollout[requests.size()];
    for (int from = 0; from < rollouts.length; from += rows) {
      List<Integer> together = order.subList(from, Math.min(rollouts.length, from + rows));
      List<GrowingRollout> grown = together(together.stream().map(requests::get).toList(), sampling);
      for (int i = 0; i < grown.size(); i++) {
        rollouts[together.get(i)] = grown.get(i).rollout();
      }
    }
    return List.of(rollouts);
  }

  private List<GrowingRollout> together(List<Request> requests, Sampling sampling) {
    List<GrowingRollout> all = requests.stream().map(request -> new GrowingRollout(request, sampling)).toList();
    int width = requests.stream().mapToInt(request -> request.prompt().length).max().orElse(1);
    TokenDraw draw = new TokenDraw(sampling);
    try (NoGrad _ = NoGrad.open();
        KvCache cache = new KvCache(decoder.config().layers(), width + sampling.maxTokens())) {
      List<GrowingRollout> held = all;
      double[] logProbs = prompts(held, width, sampling, cache);
      while (true) {
        int vocabulary = logProbs.length / held.size();
        for (int row = 0; row < held.size(); row++) {
          held.get(row).draw(draw, logProbs, row * vocabulary, vocabulary);
        }
        long growing = held.stream().filter(rollout -> !rollout.ended()).count();
        if (growing == 0) {
          return all;
        }
        if (2 * growing <= held.size()) {
          held = withoutEnded(held, cache);
        }
        logProbs = next(held, width, sampling, cache);
      }
    }
  }

  private static List<GrowingRollout> withoutEnded(List<GrowingRollout> held, KvCache cache) {
    int[] left = IntStream.range(0, held.size()).filter(row -> !held.get(row).ended()).toArray();
    cache.keepRows(Arrays.stream(left).asLongStream().toArray());
    return Arrays.stream(left).mapToObj(held::get).toList();
  }

  /** Reads the prompts and returns what may follow, rows × vocabulary. */
  private double[] prompts(List<GrowingRollout> held, int width, Sampling sampling, KvCache cache) {
    int batch = held.size();
    int[] tokens = new int[batch * width];
    double[] mask = new double[batch * width * width];
    for (int row = 0; row < batch; row++) {
      int[] prompt = held.get(row).prompt();
      int padding = width - prompt.length;
      System.arraycopy(prompt, 0, tokens, row * width + padding, prompt.length);
      for (int query = 0; query < width; query++) {
        for (int key = 0; key < width; key++) {
          // Padding sees itself, since a softmax over nothing is no number.
          boolean seen = key == query || (key < query && key >= padding);
          mask[(row * width + query) * width + key] = seen ? 0 : HIDDEN;
        }
      }
    }
    return read(tokens, mask, batch, width, sampling, cache);
  }

  /** Reads the tokens drawn last. */
  private double[] next(List<GrowingRollout> held, int width, Sampling sampling, KvCache cache) {
    int batch = held.size();
    int all = (int) cache.length() + 1;
    int[] tokens = new int[batch];
    double[] mask = new double[batch * all];
    for (int row = 0; row < batch; row++) {
      tokens[row] = held.get(row).last();
      Arrays.fill(mask, row * all, row * all + width - held.get(row).prompt().length, HIDDEN);
    }
    return read(tokens, mask, batch, 1, sampling, cache);
  }

  private double[] read(int[] tokens, double[] mask, int batch, int time, Sampling sampling, KvCache cache) {
    try (Scope _ = Scope.open()) {
      Tensor additive = decoder.weights().device().move(
          Tensors.of(mask, batch, 1, 1, time, mask.length / batch / time).to(decoder.weights().dtype().torch()));
      Tensor hidden = decoder.hidden(Tensors.of(tokens, batch, time), additive, cache).select(1, time - 1);
      Tensor logits = decoder.logits(hidden);
      Tensor exact = DType.of(logits) == DType.F64 ? logits : logits.to(DType.F32.torch());
      return Tensors.doubles(exact.div(new Scalar(sampling.logProbTemperature())).log_softmax(-1));
    }
  }
}
