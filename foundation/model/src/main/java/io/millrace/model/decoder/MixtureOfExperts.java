// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import io.millrace.model.checkpoint.Weights;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A feed-forward in which each token is read by a few experts, and perhaps by one that all share. Sources: Shazeer et
 * al. 2017; Jiang et al. 2024 (Mixtral); Yang et al. 2024 (Qwen2, the shared expert).
 */
public final class MixtureOfExperts implements FeedForward {
  private final Router router;
  private final ExpertBank bank;
  private final @Nullable SwiGlu shared;
  private final @Nullable Linear sharedGate;

  private MixtureOfExperts(Router router, ExpertBank bank, @Nullable SwiGlu shared, @Nullable Linear sharedGate) {
    this.router = router;
    this.bank = bank;
    this.shared = shared;
    this.sharedGate = sharedGate;
  }

  /** The mixture of a block whose experts are all in the weights. */
  static MixtureOfExperts of(DecoderConfig config, int layer, Experts experts, Weights weights, Linears linears) {
    String prefix = DecoderWeights.layer(layer);
    return of(config, layer, experts, weights, linears, ExpertBank.local(
        weights.get(prefix + DecoderWeights.EXPERTS_GATE_UP), weights.get(prefix + DecoderWeights.EXPERTS_DOWN)),
        RouterPeers.ALONE);
  }

  /**
   * The mixture of a block with experts of another kind, such as some that live in other processes.
   *
   * @param peers who reads the rest of the batch
   */
  public static MixtureOfExperts of(
      DecoderConfig config, int layer, Experts experts, Weights weights, Linears linears, ExpertBank bank, RouterPeers peers) {
    String prefix = DecoderWeights.layer(layer) + "mlp.";
    long width = config.hiddenSize();
    Linear gate = linears.linear(Linears.Projection.single(prefix + "gate", width, experts.count()), weights);
    Router router = new Router(experts, gate, config.mixtures(), peers);
    int inner = experts.sharedIntermediateSize();
    return inner == 0
        ? new MixtureOfExperts(router, bank, null, null)
        : new MixtureOfExperts(router, bank, new SwiGlu(config, prefix + "shared_expert.", inner, weights, linears),
            linears.linear(Linears.Projection.single(prefix + "shared_expert_gate", width, 1), weights));
  }

  @Override
  public Tensor apply(Tensor x, AuxiliaryLosses auxiliary) {
    Tensor flat = x.reshape(-1, x.size(2));
    Router.Routes routes = router.route(flat, auxiliary);
    Tensor read = bank.apply(flat.index_select(0, routes.tokens()), routes.counts());
    Tensor sum = flat.new_zeros(flat.shape()).index_add(0, routes.tokens(), read.mul(routes.shares().unsqueeze(1)));
    if (shared != null && sharedGate != null) {
      sum = sum.add(shared.apply(flat).mul(sharedGate.apply(flat).sigmoid()));
    }
    return sum.view(x.shape());
  }
}
