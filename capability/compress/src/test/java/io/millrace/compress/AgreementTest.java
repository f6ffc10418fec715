// SPDX-License-Identifier: Apache-2.0
package io.millrace.compress;

import io.millrace.model.decoder.Decoder;
import io.millrace.model.decoder.DecoderConfig;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class AgreementTest {
  /** One window at a time, one position at a time, in double precision from the scores. */
  @Test
  void isWhatADefinitionByPositionGives() {
    TokenWindows text = new TokenWindows(Learnt.text(330, 9), 33, Learnt.END);
    try (Decoder parent = Decoder.random(Learnt.CONFIG, 1);
        Decoder other = Decoder.random(Learnt.CONFIG, 2)) {
      double parentLoss = 0;
      double loss = 0;
      double divergence = 0;
      int same = 0;
      int count = 0;
      for (int window = 0; window < text.count(); window++) {
        int from = window * 33;
        int begin = from; // of the document
        for (int i = from; i < from + 33; i++) {
          if (i > from && text.tokens()[i - 1] == Learnt.END) {
            begin = i;
          }
          if (text.tokens()[i] == Learnt.END) {
            continue;
          }
          double[] p = distribution(parent, text.tokens(), begin, i + 1);
          double[] q = distribution(other, text.tokens(), begin, i + 1);
          int label = text.tokens()[i + 1];
          parentLoss -= Math.log(p[label]);
          loss -= Math.log(q[label]);
          same += largest(p) == largest(q) ? 1 : 0;
          for (int v = 0; v < p.length; v++) {
            divergence += p[v] * Math.log(p[v] / q[v]);
          }
          count++;
        }
      }
      Agreement found = Agreement.of(parent, other, text, CompressionProgress.SILENT);
      assertThat(found.tokens()).isEqualTo(count);
      assertThat(found.parentPerplexity()).isCloseTo(Math.exp(parentLoss / count), within(1e-3));
      assertThat(found.perplexity()).isCloseTo(Math.exp(loss / count), within(1e-3));
      assertThat(found.sameToken()).isCloseTo((double) same / count, within(1e-9));
      assertThat(found.divergence()).isCloseTo(divergence / count, within(1e-5));
      assertThat(found.perplexityRise()).isCloseTo(Math.exp((loss - parentLoss) / count) - 1, within(1e-5));
    }
  }

  private static double[] distribution(Decoder decoder, int[] tokens, int from, int to) {
    try (Scope _ = Scope.open();
        NoGrad _ = NoGrad.open()) {
      int[] part = java.util.Arrays.copyOfRange(tokens, from, to);
      Tensor mask = decoder.mask(Tensors.of(new long[part.length], 1, part.length));
      Tensor hidden = decoder.hidden(Tensors.of(part, 1, part.length), mask).select(0, 0).narrow(0, part.length - 1, 1);
      return Tensors.doubles(decoder.logits(hidden).softmax(-1));
    }
  }

  private static int largest(double[] values) {
    int at = 0;
    for (int i = 1; i < values.length; i++) {
      at = values[i] > values[at] ? i : at;
    }
    return at;
  }

  @Test
  void aDecoderAgreesWithItself() {
    try (Decoder decoder = Decoder.random(Learnt.CONFIG, 1)) {
      Agreement itself = Agreement.of(decoder, decoder, Learnt.windows(500, 1), CompressionProgress.SILENT);
      assertThat(itself.sameToken()).isOne();
      assertThat(itself.divergence()).isZero();
      assertThat(itself.perplexityRise()).isZero();
    }
  }

  @Test
  void refusesDecodersOfOtherVocabulariesAndTextsThatAreTooShort() {
    DecoderConfig larger = new DecoderConfig(50, 64, 96, 1, 4, 2, 16, 64, 10_000, 1e-5, true, 0, 0, 0);
    try (Decoder decoder = Decoder.random(Learnt.CONFIG, 1);
        Decoder other = Decoder.random(larger, 1)) {
      assertThatThrownBy(() -> Agreement.of(decoder, other, Learnt.windows(500, 1), CompressionProgress.SILENT))
          .hasMessageContaining("48").hasMessageContaining("50");
    }
    assertThatThrownBy(() -> new TokenWindows(new int[32], 32, 0)).hasMessageContaining("32 tokens are too few");
  }

  @Test
  void windowsSpreadOverATextAreDocumentsOfTheirOwn() {
    int[] tokens = new int[1001];
    java.util.Arrays.setAll(tokens, i -> 1 + i % 40);
    TokenWindows few = new TokenWindows(tokens, 10, 0).spread(4);
    assertThat(few.count()).isEqualTo(4);
    assertThat(few.tokens()).startsWith(1, 2, 3).hasSize(41);
    assertThat(few.tokens()[10]).isEqualTo(1 + 250 % 40);
    assertThat(few.tokens()[39]).isEqualTo(1 + 759 % 40);
  }
}
