// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class MixtureOfExpertsTest {
  private static final int TOKENS = 9;
  private static final Experts EXPERTS = new Experts(4, 2, 5, 0, true, 1, Set.of(), 0.5, 0.25, null);

  private static DecoderConfig config(Experts experts) {
    return new DecoderConfig(13, 12, 10, 1, 4, 2, 6, 16, 10_000, 1e-5, false, 1, 2, -1)
        .as(DecoderFamily.QWEN3_MOE, experts);
  }

  @Test
  void lossesAreThoseOfThePapers() {
    try (Decoder decoder = SmallDecoders.random(config(EXPERTS), 3);
        Scope scope = Scope.open()) {
      Tensor x = torch.randn(new long[] {1, TOKENS, 12}, decoder.weights().get(DecoderWeights.NORM).options());
      AuxiliaryLosses auxiliary = new AuxiliaryLosses();
      FeedForward.Factory.PLAIN.feedForward(decoder.config(), 0, decoder.weights(), Linears.PLAIN).apply(x, auxiliary);

      double[][] scores = scores(decoder, x);
      double[] reads = new double[4];
      double[] probability = new double[4];
      double z = 0;
      for (double[] s : scores) {
        double all = Arrays.stream(s).map(Math::exp).sum();
        double second = Arrays.stream(s).sorted().toArray()[2];
        for (int e = 0; e < 4; e++) {
          reads[e] += s[e] >= second ? 1.0 / TOKENS : 0;
          probability[e] += Math.exp(s[e]) / all / TOKENS;
        }
        z += Math.log(all) * Math.log(all) / TOKENS;
      }
      double balance = 0;
      for (int e = 0; e < 4; e++) {
        balance += 4 * reads[e] * probability[e];
      }
      assertThat(auxiliary.values().get(Router.BALANCE)).isCloseTo(balance, within(1e-12));
      assertThat(auxiliary.values().get(Router.Z)).isCloseTo(z, within(1e-12));
      Tensor total = auxiliary.addTo(torch.zeros(new long[0], x.options()));
      assertThat(total.item_double()).isCloseTo(0.5 * balance + 0.25 * z, within(1e-12));
    }
  }

  @Test
  void aFullExpertTurnsAwayLastAndSecondChoicesAndCountsThem() {
    Experts tight = EXPERTS.withCapacity(0.7);
    try (Decoder decoder = SmallDecoders.random(config(tight), 5);
        Scope scope = Scope.open();
        NoGrad noGrad = NoGrad.open()) {
      Tensor x = torch.randn(new long[] {1, TOKENS, 12}, decoder.weights().get(DecoderWeights.NORM).options());
      Linear gate = Linear.of(decoder.weights().get(DecoderWeights.layer(0) + DecoderWeights.ROUTER), null);
      int room = (int) Math.ceil(0.7 * TOKENS * 2 / 4.0);
      double[][] scores = scores(decoder, x);
      Map<String, Double> expected = new LinkedHashMap<>();
      int[] load = new int[4];
      int dropped = 0;
      for (int choice = 0; choice < 2; choice++) {
        for (int t = 0; t < TOKENS; t++) {
          int e = ranked(scores[t])[choice];
          if (load[e]++ < room) {
            int[] both = ranked(scores[t]);
            expected.put(t + "→" + e, 1 / (1 + Math.exp(scores[t][both[1 - choice]] - scores[t][e])));
          } else {
            dropped++;
          }
        }
      }
      assertThat(dropped).isPositive();
      AuxiliaryLosses auxiliary = new AuxiliaryLosses();
      Router.Routes routes = new Router(tight, gate, 1, RouterPeers.ALONE).route(x.view(TOKENS, 12), auxiliary);
      assertThat(auxiliary.values().get(Router.DROPPED)).isEqualTo(dropped);
      assertThat(found(routes)).isEqualTo(expected.keySet());
      double[] shares = Tensors.doubles(routes.shares());
      int at = 0;
      for (String pair : found(routes)) {
        assertThat(shares[at++]).as(pair).isCloseTo(expected.get(pair), within(1e-12));
      }

      // A pass that only reads drops nothing.
      Router.Routes all = new Router(tight, gate, 1, RouterPeers.ALONE).route(x.view(TOKENS, 12), AuxiliaryLosses.none());
      assertThat(Arrays.stream(all.counts()).sum()).isEqualTo(2 * TOKENS);
    }
  }

  private static Set<String> found(Router.Routes routes) {
    Set<String> pairs = new java.util.LinkedHashSet<>();
    long[] tokens = Tensors.longs(routes.tokens());
    int at = 0;
    for (int e = 0; e < routes.counts().length; e++) {
      for (long i = 0; i < routes.counts()[e]; i++) {
        pairs.add(tokens[at++] + "→" + e);
      }
    }
    return pairs;
  }

  private static int[] ranked(double[] scores) {
    return java.util.stream.IntStream.range(0, scores.length).boxed()
        .sorted((a, b) -> Double.compare(scores[b], scores[a])).mapToInt(e -> e).toArray();
  }

  private static double[][] scores(Decoder decoder, Tensor x) {
    double[] flat = Tensors.doubles(
        torch.linear(x, decoder.weights().get(DecoderWeights.layer(0) + DecoderWeights.ROUTER)));
    double[][] rows = new double[TOKENS][];
    for (int t = 0; t < TOKENS; t++) {
      rows[t] = Arrays.copyOfRange(flat, t * 4, t * 4 + 4);
    }
    return rows;
  }

  /** What expert parallelism does, with the two halves of the experts one after another. */
  @Test
  void banksOfHalfTheExpertsMakeUpTheWhole() {
    FeedForward.Factory halved = (config, layer, weights, linears) -> {
      Tensor gateUp = weights.get(DecoderWeights.layer(layer) + DecoderWeights.EXPERTS_GATE_UP);
      Tensor down = weights.get(DecoderWeights.layer(layer) + DecoderWeights.EXPERTS_DOWN);
      ExpertBank bank = (x, counts) -> {
        long first = counts[0] + counts[1];
        Tensor a = ExpertBank.local(gateUp.narrow(0, 0, 2), down.narrow(0, 0, 2))
            .apply(x.narrow(0, 0, first), Arrays.copyOf(counts, 2));
        Tensor b = ExpertBank.local(gateUp.narrow(0, 2, 2), down.narrow(0, 2, 2))
            .apply(x.narrow(0, first, x.size(0) - first), Arrays.copyOfRange(counts, 2, 4));
        return torch.cat(new TensorVector(a, b), 0);
      };
      return MixtureOfExperts.of(config, layer, config.experts(), weights, linears, bank, RouterPeers.ALONE);
    };
    try (Decoder decoder = SmallDecoders.random(config(EXPERTS), 3);
        Scope scope = Scope.open();
        NoGrad noGrad = NoGrad.open()) {
      Tensor x = torch.randn(new long[] {1, TOKENS, 12}, decoder.weights().get(DecoderWeights.NORM).options());
      FeedForward whole = FeedForward.Factory.PLAIN.feedForward(decoder.config(), 0, decoder.weights(), Linears.PLAIN);
      FeedForward halves = halved.feedForward(decoder.config(), 0, decoder.weights(), Linears.PLAIN);
      assertThat(Tensors.doubles(halves.apply(x, AuxiliaryLosses.none())))
          .isEqualTo(Tensors.doubles(whole.apply(x, AuxiliaryLosses.none())));
    }
  }

  @Test
  void checkpointingChangesNoGradientOfAMixtureThatDrops() {
    try (Decoder decoder = SmallDecoders.random(config(EXPERTS.withCapacity(0.7)), 3)) {
      decoder.weights().train(_ -> true);
      Map<String, double[]> plain = gradients(decoder);
      Map<String, double[]> again = gradients(decoder.checkpointing(true));
      plain.forEach((name, gradient) -> assertThat(again.get(name)).as(name)
          .usingComparatorWithPrecision(1e-14).containsExactly(gradient));
    }
  }

  private static Map<String, double[]> gradients(Decoder decoder) {
    try (Scope scope = Scope.open()) {
      Tensor tokens = Tensors.of(new long[] {1, 4, 5, 6, 2, 7, 8, 1}, 1, 8);
      AuxiliaryLosses auxiliary = new AuxiliaryLosses();
      Tensor hidden = decoder.hidden(tokens, decoder.mask(Tensors.of(new long[8], 1, 8)), auxiliary);
      Tensor loss = decoder.loss(hidden, Tensors.of(new long[] {0, 1, 3}, 3), Tensors.of(new long[] {4, 5, 2}, 3));
      auxiliary.addTo(loss).backward();
      assertThat(auxiliary.values()).containsKeys(Router.BALANCE, Router.Z, Router.DROPPED);
      Map<String, double[]> gradients = new LinkedHashMap<>();
      decoder.weights().trained().forEach((name, tensor) -> {
        gradients.put(name, Tensors.doubles(tensor.grad()));
        tensor.mutable_grad().reset();
      });
      return gradients;
    }
  }
}
