// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.kernel;

import java.util.Arrays;

/**
 * Scaled dot-product attention over pages (Vaswani et al., 2017), for the queries that share a head of keys and values
 * (Ainslie et al., GQA, 2023): a page is widened once for up to {@link #ROWS} of them. For one thread.
 *
 * <p>Each query sums over dimensions, positions of a page and pages in order, so its result does not depend on the queries
 * beside it.
 */
public final class Attention {
  /** Queries at a time. */
  public static final int ROWS = 64;

  private static final int PAGE = KvPages.POSITIONS;

  private final KvPages pages;
  private final float scale;
  private final float[] queries; // [query][headDim]
  private final float[] page;
  private final float[] mixed; // [query][paddedDim]
  private float[] weights = new float[0]; // [page][query][position]: scores first
  private float[] row = new float[0];

  /** Scratch space for queries of such pages. */
  public Attention(KvPages pages) {
    this.pages = pages;
    scale = (float) (1 / Math.sqrt(pages.headDim()));
    queries = new float[ROWS * pages.headDim()];
    page = new float[PAGE * pages.paddedDim()];
    mixed = new float[ROWS * pages.paddedDim()];
  }

  /**
   * Reads some queries' answers from the first positions of a sequence.
   *
   * @param table the sequence's pages, in order
   * @param count of queries, at most {@link #ROWS}
   * @param positions how many positions each sees
   * @param x where queries are, and their results are to be
   * @param at where each query's headDim numbers begin in x
   * @param out results, at the same places
   */
  public void attend(
      int layer, int head, int[] table, int count, int[] positions, float[] x, int[] at, float[] out) {
    int longest = 0;
    for (int i = 0; i < count; i++) {
      longest = Math.max(longest, positions[i]);
    }
    int pageCount = (longest + PAGE - 1) / PAGE;
    reserve(count, pageCount);
    for (int i = 0; i < count; i++) {
      System.arraycopy(x, at[i], queries, i * pages.headDim(), pages.headDim());
    }
    for (int p = 0; p < pageCount; p++) {
      score(count, p, layer, head, table[p]);
    }
    for (int i = 0; i < count; i++) {
      softmax(i, count, positions[i], pageCount);
    }
    for (int p = 0; p < pageCount; p++) {
      mix(count, p, layer, head, table[p]);
    }
    for (int i = 0; i < count; i++) {
      System.arraycopy(mixed, i * pages.paddedDim(), out, at[i], pages.headDim());
    }
  }

  private void reserve(int count, int pageCount) {
    int size = pageCount * count * PAGE;
    if (weights.length < size) {
      weights = new float[size];
    }
    if (row.length < pageCount * PAGE) {
      row = new float[pageCount * PAGE];
    }
  }

  private void score(int count, int p, int layer, int head, int id) {
    pages.keys(id, layer, head, page);
    MatrixProduct.multiply(count, PAGE, pages.headDim(), queries, 0, pages.headDim(), page, 0, weights, p * count * PAGE, PAGE,
        false);
  }

  /** Makes a query's scores weights: those of the positions that it sees, and zeros. */
  private void softmax(int query, int count, int positions, int pageCount) {
    int padded = (positions + PAGE - 1) / PAGE * PAGE;
    for (int t = 0; t < padded; t += PAGE) {
      System.arraycopy(weights, (t / PAGE * count + query) * PAGE, row, t, PAGE);
    }
    float max = Float.NEGATIVE_INFINITY;
    for (int t = 0; t < positions; t++) {
      max = Math.max(max, row[t]);
    }
    Arrays.fill(row, positions, padded, Float.NEGATIVE_INFINITY);
    float inverse = 1 / Kernels.exponentials(row, 0, padded, max, scale);
    for (int t = 0; t < positions; t++) {
      row[t] *= inverse;
    }
    Arrays.fill(row, positions, pageCount * PAGE, 0f);
    for (int p = 0; p < pageCount; p++) {
      System.arraycopy(row, p * PAGE, weights, (p * count + query) * PAGE, PAGE);
    }
  }

  private void mix(int count, int p, int layer, int head, int id) {
    pages.values(id, layer, head, page);
    int width = pages.paddedDim();
    MatrixProduct.multiply(count, width, PAGE, weights, p * count * PAGE, PAGE, page, 0, mixed, 0, width, p > 0);
  }
}
