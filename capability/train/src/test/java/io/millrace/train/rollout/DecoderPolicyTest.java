// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.rollout;

import io.millrace.model.decoder.Decoder;
import io.millrace.model.decoder.DecoderConfig;
import io.millrace.model.decoder.DecoderFamily;
import io.millrace.model.decoder.Experts;
import io.millrace.tensor.DType;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class DecoderPolicyTest {
  private static final DecoderConfig LLAMA =
      new DecoderConfig(20, 24, 32, 2, 4, 2, 6, 40, 10_000, 1e-5, true, 1, 2, -1);
  private static final List<DecoderConfig> DECODERS = List.of(LLAMA, LLAMA.as(DecoderFamily.QWEN3),
      LLAMA.as(DecoderFamily.MIXTRAL, new Experts(4, 2, 32, 0, true, 1, Set.of(), 0.02, 0.001, null)));

  /** Weights that are large enough for the distributions to differ much from token to token. */
  private static Decoder decoder(DecoderConfig config, DType dtype) {
    try (Decoder random = Decoder.random(config, 5);
        Scope scope = Scope.open();
        NoGrad noGrad = NoGrad.open()) {
      random.weights().named().forEach((name, tensor) -> {
        if (tensor.dim() > 1) {
          tensor.mul_(new Scalar(8));
        }
      });
      return random.as(dtype);
    }
  }

  private static List<Policy.Request> requests(int count) {
    Random random = new Random(3);
    List<Policy.Request> requests = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int[] prompt = random.ints(1 + random.nextInt(12), 3, 20).toArray();
      requests.add(new Policy.Request(prompt, 100 + i));
    }
    return requests;
  }

  /** Log-probabilities of an answer in one pass over the whole text, without cache, padding or neighbours. */
  private static double[] wholePass(Decoder decoder, Rollout rollout, double temperature) {
    int[] tokens = IntStream.concat(IntStream.of(rollout.prompt()), IntStream.of(rollout.answer())).toArray();
    try (Scope scope = Scope.open();
        NoGrad noGrad = NoGrad.open()) {
      Tensor mask = decoder.mask(torch.zeros(new long[] {1, tokens.length}, DType.I64.options()));
      Tensor hidden = decoder.hidden(Tensors.of(tokens, 1, tokens.length), mask);
      Tensor logits = decoder.logits(hidden.reshape(-1, hidden.size(2)));
      double[] all = Tensors.doubles(logits.div(new Scalar(temperature)).log_softmax(-1));
      double[] logProbs = new double[rollout.answer().length];
      for (int i = 0; i < logProbs.length; i++) {
        int place = rollout.prompt().length + i - 1;
        logProbs[i] = all[place * decoder.config().vocabSize() + rollout.answer()[i]];
      }
      return logProbs;
    }
  }

  @Test
  void recordedLogProbabilitiesAreThoseOfOnePassOverTheWholeText() {
    for (DecoderConfig config : DECODERS) {
      try (Decoder decoder = decoder(config, DType.F64)) {
        Sampling sampling = new Sampling(0.8, 1, 16, List.of(2, 3, 4));
        List<Rollout> rollouts = new DecoderPolicy(decoder, 9).sample(requests(25), sampling);
        // Some ended early, so that rows left the batch while others went on.
        assertThat(rollouts).anyMatch(rollout -> rollout.answer().length < 4).anyMatch(rollout -> !rollout.finished());
        for (Rollout rollout : rollouts) {
          assertThat(rollout.logProbs()).as(config.family().modelType()).usingComparatorWithPrecision(1e-9)
              .containsExactly(wholePass(decoder, rollout, 0.8));
        }
      }
    }
  }

  @Test
  void theyAreSoInBf16UpToItsRounding() {
    try (Decoder decoder = decoder(LLAMA, DType.BF16)) {
      double worst = 0;
      for (Rollout rollout : new DecoderPolicy(decoder, 8).sample(requests(16), Sampling.plain(12, 2))) {
        double[] whole = wholePass(decoder, rollout, 1);
        for (int i = 0; i < whole.length; i++) {
          worst = Math.max(worst, Math.abs(whole[i] - rollout.logProbs()[i]));
        }
      }
      assertThat(worst).isLessThan(0.5);
    }
  }

  @Test
  void aRolloutDependsOnItsSeedAndNotOnItsNeighbours() {
    try (Decoder decoder = decoder(LLAMA, DType.F64)) {
      Sampling sampling = Sampling.plain(10, 2);
      List<Rollout> together = new DecoderPolicy(decoder, 64).sample(requests(12), sampling);
      for (int i = 0; i < 12; i++) {
        Rollout alone = new DecoderPolicy(decoder, 1).sample(List.of(requests(12).get(i)), sampling).getFirst();
        assertThat(alone.answer()).isEqualTo(together.get(i).answer());
        assertThat(alone.prompt()).isEqualTo(requests(12).get(i).prompt());
      }
      int[] prompt = {5, 6};
      List<Rollout> seeds = new DecoderPolicy(decoder, 4).sample(
          List.of(new Policy.Request(prompt, 1), new Policy.Request(prompt, 1), new Policy.Request(prompt, 2)), sampling);
      assertThat(seeds.get(0).answer()).isEqualTo(seeds.get(1).answer()).isNotEqualTo(seeds.get(2).answer());
    }
  }

  @Test
  void anAnswerEndsAtItsEndAndNowhereElse() {
    try (Decoder decoder = decoder(LLAMA, DType.F32)) {
      for (Rollout rollout : new DecoderPolicy(decoder, 16).sample(requests(40), Sampling.plain(6, 2, 7, 9))) {
        int length = rollout.answer().length;
        for (int i = 0; i < length; i++) {
          boolean end = Set.of(2, 7, 9).contains(rollout.answer()[i]);
          assertThat(end).isEqualTo(i == length - 1 && rollout.finished());
        }
        assertThat(rollout.finished() || length == 6).isTrue();
      }
    }
  }

  @Test
  void drawsFollowTheirDistributionAndItsNucleus() {
    double[] p = {0.05, 0.4, 0.3, 0.05, 0.2};
    double[] logProbs = java.util.Arrays.stream(p).map(Math::log).toArray();
    java.util.SplittableRandom random = new java.util.SplittableRandom(1);
    double[] all = new double[5];
    double[] nucleus = new double[5];
    int draws = 40_000;
    for (int i = 0; i < draws; i++) {
      all[new TokenDraw(Sampling.plain(1)).from(logProbs, 0, 5, random)] += 1.0 / draws;
      nucleus[new TokenDraw(new Sampling(1, 0.75, 1, List.of())).from(logProbs, 0, 5, random)] += 1.0 / draws;
    }
    for (int i = 0; i < 5; i++) {
      // Four standard deviations of a share.
      assertThat(all[i]).isCloseTo(p[i], within(4 * Math.sqrt(p[i] * (1 - p[i]) / draws)));
    }
    // 0.4 + 0.3 do not reach 0.75, so 0.2 is let in, and the three share what there is.
    assertThat(nucleus[0] + nucleus[3]).isZero();
    assertThat(nucleus[1]).isCloseTo(0.4 / 0.9, within(0.01));
    assertThat(nucleus[4]).isCloseTo(0.2 / 0.9, within(0.01));
    assertThat(new TokenDraw(new Sampling(0, 1, 1, List.of())).from(logProbs, 0, 5, random)).isEqualTo(1);
  }

  @Test
  void refusesWhatDoesNotFit() {
    try (Decoder decoder = decoder(LLAMA, DType.F32)) {
      Policy policy = new DecoderPolicy(decoder, 4);
      assertThatThrownBy(() -> policy.sample(List.of(new Policy.Request(new int[35], 1)), Sampling.plain(6, 2)))
          .hasMessageContaining("prompt of 35 tokens").hasMessageContaining("up to 6").hasMessageContaining("40 positions");
      assertThat(policy.sample(List.of(), Sampling.plain(6, 2))).isEmpty();
    }
    assertThatThrownBy(() -> new Policy.Request(new int[0], 1)).hasMessageContaining("empty prompt");
    assertThatThrownBy(() -> new Sampling(-1, 1, 1, List.of())).hasMessageContaining("temperature -1.0");
    assertThatThrownBy(() -> new Sampling(1, 0, 1, List.of())).hasMessageContaining("topP 0.0");
    assertThatThrownBy(() -> new Sampling(1, 1, 0, List.of())).hasMessageContaining("maxTokens 0");
  }
}
