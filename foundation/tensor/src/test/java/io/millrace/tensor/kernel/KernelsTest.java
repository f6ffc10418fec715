// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor.kernel;

import io.millrace.tensor.DType;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import io.millrace.tensor.Torch;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.lang.foreign.ValueLayout;
import java.util.Arrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

/** Each kernel against its definition in double precision, and each gradient against finite differences of that. */
class KernelsTest {
  /** BF16 keeps 8 bits of a number, so results round by up to 1/256 of themselves. */
  private static final double ROUNDING = 1.0 / 256;

  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
    Torch.seed(3);
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private static Tensor random(long... shape) {
    return torch.randn(shape).to(DType.BF16.torch());
  }

  private static void assertClose(Tensor found, double[] expected) {
    double[] values = Tensors.doubles(found);
    double scale = 0;
    for (double value : expected) {
      scale = Math.max(scale, Math.abs(value));
    }
    for (int i = 0; i < expected.length; i++) {
      assertThat(values[i]).as("element " + i).isCloseTo(expected[i], within(ROUNDING * Math.abs(expected[i]) + 2e-3 * scale));
    }
  }

  /** A function of several numbers to one. */
  private interface Loss {
    double of(double[] x);
  }

  private static double[] slopes(Loss loss, double[] at) {
    double[] slopes = new double[at.length];
    for (int i = 0; i < at.length; i++) {
      double[] moved = at.clone();
      moved[i] = at[i] + 1e-5;
      double above = loss.of(moved);
      moved[i] = at[i] - 1e-5;
      slopes[i] = (above - loss.of(moved)) / 2e-5;
    }
    return slopes;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static double[] normed(double[] x, double[] weight, double eps) {
    int width = weight.length;
    double[] y = new double[x.length];
    for (int row = 0; row < x.length / width; row++) {
      double square = 0;
      for (int c = 0; c < width; c++) {
        square += x[row * width + c] * x[row * width + c];
      }
      for (int c = 0; c < width; c++) {
        y[row * width + c] = x[row * width + c] / Math.sqrt(square / width + eps) * weight[c];
      }
    }
    return y;
  }

  @Test
  void rmsNormAddsNormalisesAndHasItsGradient() {
    Tensor x = random(3, 48);
    Tensor added = random(3, 48);
    Tensor weight = random(48);
    Tensor sum = torch.empty_like(x);
    Tensor out = torch.empty_like(x);
    float[] factors = RmsNormKernel.forward(x, added, sum, weight, 1e-5, out);
    assertThat(Tensors.floats(sum)).isEqualTo(Tensors.floats(x.add(added)));
    double[] input = Tensors.doubles(sum);
    double[] w = Tensors.doubles(weight);
    assertClose(out, normed(input, w, 1e-5));

    Tensor gradient = random(3, 48);
    Tensor past = random(3, 48);
    double[] g = Tensors.doubles(gradient);
    double[] expected = slopes(moved -> dot(normed(moved, w, 1e-5), g), input);
    double[] beside = Tensors.doubles(past);
    for (int i = 0; i < expected.length; i++) {
      expected[i] += beside[i];
    }
    float[] byWeight = RmsNormKernel.backward(gradient, sum, weight, factors, past, past);
    assertClose(past, expected);
    double[] expectedByWeight = slopes(moved -> dot(normed(input, moved, 1e-5), g), w);
    for (int c = 0; c < 48; c++) {
      assertThat((double) byWeight[c]).isCloseTo(expectedByWeight[c], within(1e-3));
    }
  }

  private static double[] swiGlu(double[] gateUp, int inner) {
    double[] out = new double[gateUp.length / 2];
    for (int i = 0; i < out.length; i++) {
      int at = i / inner * 2 * inner + i % inner;
      out[i] = gateUp[at] / (1 + Math.exp(-gateUp[at])) * gateUp[at + inner];
    }
    return out;
  }

  @Test
  void swiGluAndItsGradientHoldFarFromZeroToo() {
    Tensor gateUp = random(5, 64).mul(new Scalar(20));
    Tensor out = torch.empty_like(random(5, 32));
    SwiGluKernel.forward(gateUp, out);
    double[] input = Tensors.doubles(gateUp);
    assertClose(out, swiGlu(input, 32));
    Tensor gradient = random(5, 32);
    double[] g = Tensors.doubles(gradient);
    SwiGluKernel.backward(gradient, gateUp);
    assertClose(gateUp, slopes(moved -> dot(swiGlu(moved, 32), g), input));
  }

  /** Softmax over the keys from the start to the query, 0 elsewhere; rows are queries × 2 heads of one sequence. */
  private static double[] shares(double[] scores, int[] starts, int keys, int firstQuery) {
    double[] out = new double[scores.length];
    for (int row = 0; row < scores.length / keys; row++) {
      int query = firstQuery + row / 2;
      double total = 0;
      for (int key = starts[query]; key <= query; key++) {
        total += Math.exp(scores[row * keys + key]);
      }
      for (int key = starts[query]; key <= query; key++) {
        out[row * keys + key] = Math.exp(scores[row * keys + key]) / total;
      }
    }
    return out;
  }

  @Test
  void softmaxSeesItsOwnDocumentUpToItselfWhateverLiesOutside() {
    int[] starts = new int[48];
    for (int i = 0; i < 48; i++) {
      starts[i] = i < 5 ? 0 : i < 37 ? 5 : 37;
    }
    CausalSoftmaxKernel softmax = new CausalSoftmaxKernel(starts, 48, 1, 2);
    Tensor scores = random(1, 32, 48);
    double[] input = Tensors.doubles(scores);
    Tensors.segment(scores).setAtIndex(ValueLayout.JAVA_SHORT, 47, (short) 0x7fc0); // NaN, unseen
    softmax.forward(scores, 32);
    assertClose(scores, shares(input, starts, 48, 32));
    Tensor gradient = random(1, 32, 48);
    double[] g = Tensors.doubles(gradient);
    double[] kept = Tensors.doubles(scores);
    softmax.backward(scores, gradient, 32);
    double[] expected = new double[kept.length];
    for (int row = 0; row < 32; row++) {
      double mean = 0;
      for (int key = 0; key < 48; key++) {
        mean += kept[row * 48 + key] * g[row * 48 + key];
      }
      for (int key = 0; key < 48; key++) {
        expected[row * 48 + key] = kept[row * 48 + key] * (g[row * 48 + key] - mean);
      }
    }
    assertClose(gradient, expected);
  }

  @Test
  void rotationsWayBackIsTheTransposeOfItsWayForward() {
    int length = 4;
    double[] angles = new double[length * 64];
    for (int i = 0; i < angles.length; i++) {
      angles[i] = i / 64 * Math.pow(100, -(i % 32) / 32.0);
    }
    double[] cosine = Arrays.stream(angles).map(Math::cos).toArray();
    double[] sine = Arrays.stream(angles).map(Math::sin).toArray();
    RotaryKernel rotary = new RotaryKernel(length, 2, 3, 64, Tensors.of(cosine, length, 64).to(DType.BF16.torch()),
        Tensors.of(sine, length, 64).to(DType.BF16.torch()), 0.125);
    Tensor joined = random(2 * length, 10 * 64);
    Tensor q = random(4, length * 3, 64);
    Tensor k = random(4, length, 64);
    Tensor v = random(4, length, 64);
    double[] dq = Tensors.doubles(q);
    double[] dk = Tensors.doubles(k);
    double[] dv = Tensors.doubles(v);
    Tensor back = torch.empty_like(joined);
    rotary.backward(back, q, k, v);
    double expected = dot(Tensors.doubles(back), Tensors.doubles(joined));
    rotary.forward(joined, q, k, v);
    // <R x, g> = <x, Rᵀ g>
    double found = dot(Tensors.doubles(q), dq) + dot(Tensors.doubles(k), dk) + dot(Tensors.doubles(v), dv);
    assertThat(found).isCloseTo(expected, within(0.5));
    assertThat(Math.abs(expected)).isGreaterThan(2);
    // Token 0 is not turned; query head 4 is the second of group 1.
    double[] row = Tensors.doubles(joined.narrow(0, 0, 1));
    assertThat(Tensors.doubles(q.select(0, 1).narrow(0, 1, 1))).usingComparatorWithPrecision(1e-2)
        .containsExactly(Arrays.stream(row, 4 * 64, 5 * 64).map(x -> x * 0.125).toArray());
  }

  private static double crossEntropy(double[] scores, int vocabulary, long[] labels) {
    double sum = 0;
    for (int row = 0; row < labels.length; row++) {
      double total = 0;
      for (int c = 0; c < vocabulary; c++) {
        total += Math.exp(scores[row * vocabulary + c]);
      }
      sum += Math.log(total) - scores[row * vocabulary + (int) labels[row]];
    }
    return sum;
  }

  @Test
  void crossEntropyLeavesItsGradientAlsoWhereTheVocabularyIsNoWholeVectors() {
    long[] labels = {0, 52, 7, 51};
    Tensor logits = random(4, 53).mul(new Scalar(3));
    double[] input = Tensors.doubles(logits);
    double loss = CrossEntropyKernel.gradient(logits, Tensors.of(labels, 4), 0.25);
    assertThat(loss).isCloseTo(crossEntropy(input, 53, labels), within(1e-4));
    assertClose(logits, slopes(moved -> 0.25 * crossEntropy(moved, 53, labels), input));
    assertThatThrownBy(() -> CrossEntropyKernel.gradient(logits, Tensors.of(new long[] {0, 1, 2, 53}, 4), 1))
        .hasMessageContaining("label 53 of row 3").hasMessageContaining("vocabulary has 53");
  }

  @Test
  void aRowThatIsIgnoredHasNeitherLossNorGradient() {
    Tensor logits = random(2, 32);
    Tensor alone = logits.narrow(0, 1, 1).clone();
    double loss = CrossEntropyKernel.gradient(logits, Tensors.of(new long[] {CrossEntropyKernel.IGNORED, 5}, 2), 0.5);
    assertThat(loss).isEqualTo(CrossEntropyKernel.gradient(alone, Tensors.of(new long[] {5}, 1), 0.5));
    assertThat(Tensors.floats(logits.narrow(0, 0, 1))).containsOnly(0);
    assertThat(Tensors.floats(logits.narrow(0, 1, 1))).isEqualTo(Tensors.floats(alone));
  }

  @Test
  void scoresThatAreNoNumbersGiveALossThatIsNone() {
    Tensor logits = random(2, 32);
    Tensors.segment(logits).setAtIndex(ValueLayout.JAVA_SHORT, 3, (short) 0x7fc0);
    assertThat(CrossEntropyKernel.gradient(logits, Tensors.of(new long[] {1, 2}, 2), 1)).isNaN();
  }
}
