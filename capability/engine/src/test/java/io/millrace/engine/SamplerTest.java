// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.core.generation.SamplingOptions;
import io.millrace.engine.kernel.Softmax;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class SamplerTest {
  private static final float[] LOGITS = {1, 3, 2, -1, 0};

  private static double[] frequencies(SamplingOptions sampling, int draws) {
    Sampler sampler = new Sampler(sampling, new int[0]);
    double[] f = new double[LOGITS.length];
    for (int i = 0; i < draws; i++) {
      f[sampler.next(LOGITS.clone())] += 1.0 / draws;
    }
    return f;
  }

  private static SamplingOptions sampling(double temperature, int topK, double topP) {
    return new SamplingOptions(temperature, topK, topP, 0, 1, 0, 0, Map.of(), OptionalLong.of(9));
  }

  private static SamplingOptions penalties(double repetition, double frequency, double presence) {
    return new SamplingOptions(0, 0, 1, 0, repetition, frequency, presence, Map.of(), OptionalLong.empty());
  }

  @Test
  void drawsInProportionToTheSoftmax() {
    double[] f = frequencies(sampling(0.7, 0, 1), 200_000);
    double sum = 0;
    for (float l : LOGITS) {
      sum += Math.exp(l / 0.7);
    }
    for (int t = 0; t < f.length; t++) {
      assertThat(f[t]).isCloseTo(Math.exp(LOGITS[t] / 0.7) / sum, within(0.005));
    }
  }

  @Test
  void leavesOutWhatTopKAndTopPExclude() {
    assertThat(frequencies(sampling(1, 2, 1), 5000)).satisfies(f -> {
      assertThat(f[0] + f[3] + f[4]).isZero();
      assertThat(f[1]).isCloseTo(1 / (1 + Math.exp(-1)), within(0.02));
    });
    // softmax: .085 .633 .233 .012 .031; 0.8 needs the two likeliest, 0.9 three
    assertThat(frequencies(sampling(1, 0, 0.8), 5000)).satisfies(f -> assertThat(f[0] + f[3] + f[4]).isZero());
    assertThat(frequencies(sampling(1, 0, 0.9), 5000)).satisfies(f -> {
      assertThat(f[0]).isPositive();
      assertThat(f[3] + f[4]).isZero();
    });
    assertThat(frequencies(sampling(1, 0, 1e-9), 100)[1]).isCloseTo(1, within(1e-9));
  }

  @Test
  void agreesWithATextbookNucleusOnManyTokens() {
    Random random = new Random(1);
    float[] logits = new float[1000];
    for (int t = 0; t < logits.length; t++) {
      logits[t] = (float) random.nextGaussian() * 2;
    }
    double[] p = new double[logits.length];
    double sum = 0;
    for (int t = 0; t < p.length; t++) {
      p[t] = Math.exp(logits[t]);
      sum += p[t];
    }
    List<Integer> order = new ArrayList<>();
    for (int t = 0; t < p.length; t++) {
      order.add(t);
    }
    order.sort((a, b) -> Double.compare(p[b], p[a]));
    List<Integer> nucleus = new ArrayList<>();
    double mass = 0;
    for (int t : order) {
      nucleus.add(t);
      mass += p[t] / sum;
      if (mass >= 0.6) {
        break;
      }
    }
    Sampler sampler = new Sampler(sampling(1, 0, 0.6), new int[0]);
    List<Integer> drawn = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      int t = sampler.next(logits.clone());
      if (!drawn.contains(t)) {
        drawn.add(t);
      }
    }
    assertThat(drawn).containsExactlyInAnyOrderElementsOf(nucleus);
  }

  @Test
  void drawsInProportionFromManyTokensAndNeverWhatIsRuledOut() {
    Random random = new Random(2);
    float[] logits = new float[5003];
    double[] mass = new double[logits.length / 250 + 1];
    double sum = 0;
    for (int t = 0; t < logits.length; t++) {
      logits[t] = t % 3 == 0 || t / 250 == 8 ? Float.NEGATIVE_INFINITY : (float) random.nextGaussian() * 2 + (t / 250) % 4;
      mass[t / 250] += Math.exp(logits[t]);
      sum += Math.exp(logits[t]);
    }
    Sampler sampler = new Sampler(sampling(1, 0, 1), new int[0]);
    int draws = 100_000;
    double[] drawn = new double[mass.length];
    for (int i = 0; i < draws; i++) {
      int token = sampler.next(logits.clone());
      assertThat(logits[token]).isFinite();
      drawn[token / 250] += 1.0 / draws;
    }
    for (int i = 0; i < mass.length; i++) {
      assertThat(drawn[i]).isCloseTo(mass[i] / sum, within(0.005));
    }
  }

  @Test
  void whatIsNextToImpossibleDoesNotGetWhatRoundingLeavesOver() {
    // In the lane of the first token each of the others rounds the sum of floats up by as much as it is itself.
    float[] logits = new float[1024];
    Arrays.fill(logits, (float) Math.log(6.1e-8));
    logits[0] = 0;
    logits[1023] = -60;
    Sampler sampler = new Sampler(sampling(1, 0, 1), new int[0]);
    for (int i = 0; i < 200_000; i++) {
      assertThat(sampler.next(logits.clone())).isNotEqualTo(1023);
    }
  }

  @Test
  void whatIsRuledOutIsNotDrawnFromANucleusEither() {
    float[] logits = {Float.NEGATIVE_INFINITY, 1, Float.NEGATIVE_INFINITY, 1, Float.NEGATIVE_INFINITY};
    Sampler sampler = new Sampler(sampling(1, 4, 0.99), new int[0]);
    for (int i = 0; i < 1_000; i++) {
      assertThat(sampler.next(logits.clone())).isIn(1, 3);
    }
  }

  @Test
  void aTemperatureOfNextToNothingTakesTheLikeliest() {
    assertThat(frequencies(sampling(1e-60, 0, 1), 100)[1]).isCloseTo(1, within(1e-9));
    assertThat(frequencies(sampling(1e-60, 0, 0.9), 100)[1]).isCloseTo(1, within(1e-9));
  }

  @Test
  void repeatsItselfUnderOneSeed() {
    Sampler a = new Sampler(sampling(1, 0, 1), new int[0]);
    Sampler b = new Sampler(sampling(1, 0, 1), new int[0]);
    for (int i = 0; i < 100; i++) {
      assertThat(a.next(LOGITS.clone())).isEqualTo(b.next(LOGITS.clone()));
    }
  }

  @Test
  void penalisesWhatThePromptAndTheAnswerHold() {
    Sampler s = new Sampler(penalties(2, 0, 0), new int[] {1});
    assertThat(s.next(new float[] {1, 3, 2, -1, 0})).isEqualTo(2); // 3 → 1.5
    assertThat(s.next(new float[] {1.2f, 3, 2, -1, 0})).isEqualTo(1); // 2 → 1, 3 → 1.5
    assertThat(s.next(new float[] {-1, -0.6f, -0.7f, -1, -1.3f})).isEqualTo(0); // -0.6 → -1.2, -0.7 → -1.4
  }

  @Test
  void takesOffForEachTimeThatATokenWasWrittenAndNotForThePrompt() {
    Sampler frequency = new Sampler(penalties(1, 0.75, 0), new int[] {1, 1, 1, 1});
    assertThat(frequency.next(new float[] {0, 3, 2})).isEqualTo(1);
    assertThat(frequency.next(new float[] {0, 3, 2})).isEqualTo(1); // 2.25
    assertThat(frequency.next(new float[] {0, 3, 2})).isEqualTo(2); // 1.5
    Sampler presence = new Sampler(penalties(1, 0, 1.5), new int[] {1});
    assertThat(presence.next(new float[] {0, 3, 1})).isEqualTo(1);
    assertThat(presence.next(new float[] {0, 3, 1})).isEqualTo(1); // 1.5, however often
    assertThat(presence.next(new float[] {0, 3, 1})).isEqualTo(1);
  }

  @Test
  void addsABiasAndLeavesOutWhatIsFarLessLikelyThanTheLikeliest() {
    SamplingOptions biased =
        new SamplingOptions(0, 0, 1, 0, 1, 0, 0, Map.of(0, 100.0, 1, -100.0), OptionalLong.empty());
    assertThat(new Sampler(biased, new int[0]).next(LOGITS.clone())).isZero();
    // relative to the likeliest: .135 1 .368 .018 .050
    SamplingOptions half = new SamplingOptions(1, 0, 1, 0.3, 1, 0, 0, Map.of(), OptionalLong.of(9));
    assertThat(frequencies(half, 5000)).satisfies(f -> {
      assertThat(f[0] + f[3] + f[4]).isZero();
      assertThat(f[1]).isCloseTo(1 / (1 + Math.exp(-1)), within(0.02));
    });
  }

  @Test
  void refusesNonsense() {
    assertThatThrownBy(() -> Softmax.likeliest(new float[] {0, Float.NaN})).hasMessageContaining("token 1");
    float[] many = new float[200];
    many[77] = Float.NaN;
    assertThatThrownBy(() -> Softmax.likeliest(many)).hasMessageContaining("token 77");
    assertThatThrownBy(() -> sampling(-1, 0, 1)).hasMessageContaining("temperature -1.0");
    assertThatThrownBy(() -> sampling(1, 0, 0)).hasMessageContaining("top_p 0.0");
  }
}
