// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

/** Against the formulas as their papers state them, with the parameters that models were published with. */
class RopeScalingTest {
  private static double wavelength(double frequency) {
    return 2 * Math.PI / frequency;
  }

  @Test
  void llama3KeepsShortWavesAndDividesLongOnes() {
    // Llama 3.1 8B: head_dim 128, rope_theta 500000, factor 8, low 1, high 4, original 8192.
    double[] found = new RopeScaling.Llama3(8, 1, 4, 8192).frequencies(128, 500_000, 1);
    int kept = 0;
    int divided = 0;
    for (int i = 0; i < 64; i++) {
      double plain = Math.pow(500_000, -i / 64.0);
      double expected;
      if (wavelength(plain) < 8192 / 4.0) {
        expected = plain;
        kept++;
      } else if (wavelength(plain) > 8192 / 1.0) {
        expected = plain / 8;
        divided++;
      } else {
        double smooth = (8192 / wavelength(plain) - 1) / (4 - 1);
        expected = (1 - smooth) * plain / 8 + smooth * plain;
      }
      assertThat(found[i]).isCloseTo(expected, within(1e-15));
    }
    // ln(8192/4/2π) / ln(500000) · 64 = 28.2 and ln(8192/2π) / ln(500000) · 64 = 34.98
    assertThat(kept).isEqualTo(29);
    assertThat(divided).isEqualTo(29);
  }

  @Test
  void yarnRampsBetweenTurns() {
    // Qwen2.5: head_dim 128, rope_theta 1000000, factor 4, original 32768; 32 turns and 1 turn are the paper's.
    RopeScaling.Yarn yarn = new RopeScaling.Yarn(4, 32768, 32, 1, null, true);
    double[] found = yarn.frequencies(128, 1e6, 1);
    double low = Math.floor(128 * Math.log(32768 / (32 * 2 * Math.PI)) / (2 * Math.log(1e6)));
    double high = Math.ceil(128 * Math.log(32768 / (1 * 2 * Math.PI)) / (2 * Math.log(1e6)));
    assertThat(low).isEqualTo(23);
    assertThat(high).isEqualTo(40);
    for (int i = 0; i < 64; i++) {
      double plain = 1 / Math.pow(1e6, 2 * i / 128.0);
      double ramp = i <= low ? 0 : i >= high ? 1 : (i - low) / (high - low);
      assertThat(found[i]).isCloseTo((1 - ramp) * plain + ramp * plain / 4, within(1e-15));
    }
    // The pair at the ramp's lower end turns about 32 times within the original context.
    assertThat(32768 / wavelength(found[23])).isBetween(32.0, 40.0);
    assertThat(yarn.attentionFactor()).isCloseTo(1.138629436111989, within(1e-15));
    assertThat(yarn.longest(32768)).isEqualTo(131_072);
  }

  @Test
  void dynamicGrowsItsBaseOnlyBeyondItsTraining() {
    RopeScaling.Dynamic dynamic = new RopeScaling.Dynamic(2, 4096);
    assertThat(dynamic.frequencies(128, 10_000, 4096)).isEqualTo(RopeScaling.NONE.frequencies(128, 10_000, 4096));
    double[] found = dynamic.frequencies(128, 10_000, 8192);
    double base = 10_000 * Math.pow(2 * 8192 / 4096.0 - 1, 128 / 126.0);
    for (int i = 0; i < 64; i++) {
      assertThat(found[i]).isCloseTo(1 / Math.pow(base, i / 64.0), within(1e-15));
    }
    // The base is chosen so that the slowest pair turns as far over the stretched length as if interpolated.
    assertThat(found[63] * 3).isCloseTo(1 / Math.pow(10_000, 63 / 64.0), within(1e-12));
    assertThat(dynamic.longest(4096)).isEqualTo(8192);
  }

  @Test
  void linearDividesEveryFrequency() {
    double[] plain = RopeScaling.NONE.frequencies(64, 10_000, 1);
    double[] found = new RopeScaling.Linear(2.5).frequencies(64, 10_000, 1);
    assertThat(plain[0]).isEqualTo(1);
    assertThat(plain[16]).isCloseTo(0.01, within(1e-15));
    for (int i = 0; i < 32; i++) {
      assertThat(found[i]).isCloseTo(plain[i] / 2.5, within(1e-16));
    }
  }

  @Test
  void refusesFactorsThatShrink() {
    assertThatThrownBy(() -> new RopeScaling.Linear(0.5)).hasMessageContaining("0.5");
    assertThatThrownBy(() -> new RopeScaling.Llama3(8, 4, 1, 8192)).hasMessageContaining("high_freq_factor 1.0");
    assertThatThrownBy(() -> new RopeScaling.Yarn(4, 0, 32, 1, null, true)).hasMessageContaining("trained positions");
  }
}
