// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.kernel;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class AttentionTest {
  @ParameterizedTest
  @CsvSource({"F32, 8, 1e-5", "F32, 64, 1e-5", "F32, 80, 1e-5", "BF16, 128, 0.02", "INT8, 64, 0.05"})
  void mixesValuesAsATextbookDoesWhateverIsAskedBeside(KvFormat format, int headDim, double tolerance) {
    int positions = 101;
    int kvHeads = 2;
    Random random = new Random(1);
    float[] k = gaussians(random, positions * kvHeads * headDim);
    float[] v = gaussians(random, positions * kvHeads * headDim);
    try (KvPages pages = new KvPages(format, 2, kvHeads, headDim, 7)) {
      int[] table = {6, 2, 4, 1}; // in no order, as pages come
      for (int t = 0; t < positions; t++) {
        pages.put(table[t / KvPages.POSITIONS], 1, t % KvPages.POSITIONS, k, t * kvHeads * headDim, v,
            t * kvHeads * headDim);
      }
      Attention attention = new Attention(pages);
      int count = 11;
      float[] q = gaussians(random, count * headDim);
      int[] seen = new int[count];
      int[] at = new int[count];
      for (int i = 0; i < count; i++) {
        seen[i] = i == 0 ? 1 : positions - 9 * i;
        at[i] = i * headDim;
      }
      float[] together = new float[q.length];
      attention.attend(1, 1, table, count, seen, q, at, together);
      for (int i = 0; i < count; i++) {
        float[] alone = new float[q.length];
        attention.attend(1, 1, table, 1, new int[] {seen[i]}, q, new int[] {at[i]}, alone);
        double[] expected = textbook(q, at[i], k, v, seen[i], kvHeads, 1, headDim);
        for (int d = 0; d < headDim; d++) {
          assertThat(together[at[i] + d]).as("query %d", i).isEqualTo(alone[at[i] + d]);
          assertThat((double) together[at[i] + d]).isCloseTo(expected[d], within(tolerance));
        }
      }
    }
  }

  private static double[] textbook(float[] q, int at, float[] k, float[] v, int seen, int heads, int head, int dim) {
    double[] p = new double[seen];
    double sum = 0;
    for (int t = 0; t < seen; t++) {
      double dot = 0;
      for (int d = 0; d < dim; d++) {
        dot += (double) q[at + d] * k[(t * heads + head) * dim + d];
      }
      p[t] = Math.exp(dot / Math.sqrt(dim));
      sum += p[t];
    }
    double[] out = new double[dim];
    for (int t = 0; t < seen; t++) {
      for (int d = 0; d < dim; d++) {
        out[d] += p[t] / sum * v[(t * heads + head) * dim + d];
      }
    }
    return out;
  }

  private static float[] gaussians(Random random, int n) {
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      x[i] = (float) random.nextGaussian();
    }
    return x;
  }
}
