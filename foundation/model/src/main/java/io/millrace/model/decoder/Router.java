// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import io.millrace.tensor.DType;
import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

import java.util.Arrays;

/**
 * Decides which experts read which tokens, and with what share.
 *
 * <p>Shares are the k largest of a softmax, computed in F32. Sources: Shazeer et al. 2017; Fedus et al. 2022 (load
 * balance, equation 4; capacity); Zoph et al. 2022 (z-loss, equation 5).
 */
public final class Router {
  /** The name of the load-balance loss: 1 is even, as many times as {@code perToken}. */
  public static final String BALANCE = "load_balance";

  /** The name of the z-loss. */
  public static final String Z = "router_z";

  /** The name of the count of assignments, of the whole batch, that found their expert full. */
  public static final String DROPPED = "dropped";

  private final Experts experts;
  private final Linear gate;
  private final int mixtures;
  private final RouterPeers peers;

  /**
   * A router.
   *
   * @param gate from [tokens, hiddenSize] to [tokens, experts]
   * @param mixtures how many blocks of the decoder are mixtures; losses are means over these
   * @param peers who reads the rest of the batch
   */
  public Router(Experts experts, Linear gate, int mixtures, RouterPeers peers) {
    this.experts = experts;
    this.gate = gate;
    this.mixtures = mixtures;
    this.peers = peers;
  }

  /**
   * The assignments, sorted by expert.
   *
   * @param tokens [assignments] I64, which token
   * @param shares [assignments], the weight of the expert's answer, in the number format of the tokens
   * @param counts how many assignments each expert has
   */
  public record Routes(Tensor tokens, Tensor shares, long[] counts) {}

  /**
   * Routes tokens; adds its losses.
   *
   * @param x [tokens, hiddenSize]
   */
  public Routes route(Tensor x, AuxiliaryLosses auxiliary) {
    long tokens = x.size(0);
    Tensor logits = gate.apply(x).to(AuxiliaryLosses.format(x).torch());
    Tensor probabilities = logits.softmax(-1);
    T_TensorTensor_T best = torch.topk(probabilities, experts.perToken());
    Tensor shares = best.get0();
    Tensor chosen = best.get1();
    if (experts.normalise()) {
      shares = shares.div(shares.sum(new long[] {-1}, true, new ScalarTypeOptional()));
    }
    // First choices come before second ones, so that a full expert turns away those that want it least.
    Tensor flat = chosen.t().reshape(-1);
    Tensor order = torch.argsort(flat, true, 0L, false);
    long[] counts = Tensors.longs(torch.bincount(flat, new TensorOptional(), experts.count()));
    if (auxiliary.training()) {
      ExpertLoad load = ExpertLoad.of(chosen, experts, peers);
      addLosses(logits, probabilities, load, auxiliary);
      if (experts.capacity() != null) {
        long[] kept = load.kept(experts.capacity());
        order = keepFirst(order, load.counts()[load.process()], kept);
        Arrays.setAll(counts, e -> sum(kept, e));
        auxiliary.count(DROPPED, torch.full(
            new long[0], new Scalar((double) load.dropped(experts.capacity())), DType.F64.options()));
      }
    }
    return new Routes(order.remainder(new Scalar(tokens)),
        shares.t().reshape(-1).index_select(0, order).to(x.scalar_type()), counts);
  }

  /** Over all choices of an expert. */
  private long sum(long[] choices, int expert) {
    long sum = 0;
    for (int at = expert; at < choices.length; at += experts.count()) {
      sum += choices[at];
    }
    return sum;
  }

  /** Of the assignments, that lie by expert and then by choice, the first of each. */
  private Tensor keepFirst(Tensor order, long[] counts, long[] kept) {
    TensorVector parts = new TensorVector();
    long at = 0;
    for (int expert = 0; expert < experts.count(); expert++) {
      for (int i = expert; i < counts.length; i += experts.count()) {
        parts.push_back(order.narrow(0, at, kept[i]));
        at += counts[i];
      }
    }
    return torch.cat(parts, 0);
  }

  /**
   * Of several processes each adds its part: that of its own tokens, at the load of the whole batch. The mean over all
   * tokens of these parts is the loss of the batch.
   */
  private void addLosses(Tensor logits, Tensor probabilities, ExpertLoad load, AuxiliaryLosses auxiliary) {
    double[] fractions = load.fractions();
    Tensor used = probabilities.new_empty(new long[] {fractions.length}).copy_(Tensors.of(fractions, fractions.length));
    Tensor balance = probabilities.mean(new long[] {0}).mul(used).sum().mul(new Scalar((double) fractions.length / mixtures));
    auxiliary.add(BALANCE, experts.balanceWeight(), balance);
    Tensor z = torch.logsumexp(logits, new long[] {-1}, false).square().mean().div(new Scalar((double) mixtures));
    auxiliary.add(Z, experts.zWeight(), z);
  }
}
