// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.kernel;

import io.millrace.tensor.array.MatrixProduct;

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
  private float[] weights = new float[0]; // [query][position]: scores first

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
    // Of few different sizes, as native code generates kernels for each.
    int stride = PAGE * Math.max(1, Integer.highestOneBit(2 * pageCount - 1));
    if (weights.length < count * stride) {
      weights = new float[count * stride];
    }
    for (int i = 0; i < count; i++) {
      System.arraycopy(x, at[i], queries, i * pages.headDim(), pages.headDim());
    }
    for (int p = 0; p < pageCount; p++) {
      score(count, p, stride, layer, head, table[p]);
    }
    for (int i = 0; i < count; i++) {
      softmax(i * stride, positions[i], pageCount * PAGE);
    }
    for (int p = 0; p < pageCount; p++) {
      mix(count, p, stride, longest, layer, head, table[p]);
    }
    for (int i = 0; i < count; i++) {
      System.arraycopy(mixed, i * pages.paddedDim(), out, at[i], pages.headDim());
    }
  }

  private void score(int count, int p, int stride, int layer, int head, int id) {
    pages.keys(id, layer, head, page);
    MatrixProduct.multiply(count, PAGE, pages.headDim(), queries, 0, pages.headDim(), page, 0, weights, p * PAGE, stride, false);
  }

  /** Makes a query's scores weights: those of the positions that it sees, and zeros up to {@code all}. */
  private void softmax(int row, int positions, int all) {
    int padded = (positions + PAGE - 1) / PAGE * PAGE;
    Arrays.fill(weights, row + positions, row + padded, Float.NEGATIVE_INFINITY);
    float inverse = 1 / Kernels.exponentials(weights, row, padded, Kernels.max(weights, row, padded), scale);
    for (int t = 0; t < positions; t++) {
      weights[row + t] *= inverse;
    }
    Arrays.fill(weights, row + positions, row + all, 0f);
  }

  private void mix(int count, int p, int stride, int longest, int layer, int head, int id) {
    pages.values(id, layer, head, page);
    int width = pages.paddedDim();
    if (longest < (p + 1) * PAGE) { // what another has left there may not be a number, and would not be one times zero
      Arrays.fill(page, (longest - p * PAGE) * width, PAGE * width, 0f);
    }
    MatrixProduct.multiply(count, width, PAGE, weights, p * PAGE, stride, page, 0, mixed, 0, width, p > 0);
  }
}
