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

  private static final int TILE = Lanes.TILE;
  private static final int PAGE = KvPages.POSITIONS;

  private final KvPages pages;
  private final float scale;
  private final int slices;
  private final float[] queries; // [block][headDim][4]
  private final float[] page;
  private final float[] mixed; // [block][slice][4][2N]
  private float[] scores = new float[0]; // [block][page][half][4][2N]
  private float[] weights = new float[0]; // [block][page][position][4]
  private float[] row = new float[0];

  /** Scratch space for queries of such pages. */
  public Attention(KvPages pages) {
    this.pages = pages;
    scale = (float) (1 / Math.sqrt(pages.headDim()));
    slices = pages.paddedDim() / TILE;
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
    int blocks = Rows.blocks(count);
    int pageCount = (longest + PAGE - 1) / PAGE;
    reserve(blocks, pageCount);
    pack(blocks, count, x, at);
    for (int p = 0; p < pageCount; p++) {
      score(blocks, p, pageCount, layer, head, table[p]);
    }
    for (int i = 0; i < count; i++) {
      softmax(i, positions[i], pageCount);
    }
    Arrays.fill(mixed, 0, blocks * slices * 4 * TILE, 0f);
    for (int p = 0; p < pageCount; p++) {
      mix(blocks, p, pageCount, layer, head, table[p]);
    }
    for (int i = 0; i < count; i++) {
      for (int d = 0; d < pages.headDim(); d += TILE) {
        System.arraycopy(mixed, ((i / 4 * slices + d / TILE) * 4 + i % 4) * TILE, out, at[i] + d,
            Math.min(TILE, pages.headDim() - d));
      }
    }
  }

  private void reserve(int blocks, int pageCount) {
    int size = blocks * pageCount * PAGE * 4;
    if (scores.length < size) {
      scores = new float[size];
      weights = new float[size];
    }
    if (row.length < pageCount * PAGE) {
      row = new float[pageCount * PAGE];
    }
    Arrays.fill(scores, 0, size, 0f);
    Arrays.fill(weights, 0, size, 0f);
  }

  private void pack(int blocks, int count, float[] x, int[] at) {
    for (int i = 0; i < blocks * 4; i++) {
      for (int d = 0; d < pages.headDim(); d++) {
        queries[(i / 4 * pages.headDim() + d) * 4 + i % 4] = i < count ? x[at[i] + d] : 0;
      }
    }
  }

  private void score(int blocks, int p, int pageCount, int layer, int head, int id) {
    pages.keys(id, layer, head, page);
    for (int block = 0; block < blocks; block++) {
      for (int half = 0; half < PAGE / TILE; half++) {
        Kernels.tile(page, half * pages.headDim() * TILE, pages.headDim(), queries,
            block * pages.headDim() * 4, scores, (block * pageCount + p) * PAGE * 4 + half * 4 * TILE);
      }
    }
  }

  private void softmax(int i, int positions, int pageCount) {
    int block = i / 4;
    int lane = i % 4;
    int padded = (positions + PAGE - 1) / PAGE * PAGE;
    float max = Float.NEGATIVE_INFINITY;
    for (int t = 0; t < padded; t += TILE) {
      int from = (block * pageCount + t / PAGE) * PAGE * 4 + (t % PAGE / TILE * 4 + lane) * TILE;
      System.arraycopy(scores, from, row, t, TILE);
    }
    Arrays.fill(row, positions, padded, Float.NEGATIVE_INFINITY);
    for (int t = 0; t < positions; t++) {
      max = Math.max(max, row[t]);
    }
    float inverse = 1 / Kernels.exponentials(row, 0, padded, max, scale);
    for (int t = 0; t < positions; t++) {
      weights[(block * pageCount * PAGE + t) * 4 + lane] = row[t] * inverse;
    }
  }

  private void mix(int blocks, int p, int pageCount, int layer, int head, int id) {
    pages.values(id, layer, head, page);
    for (int block = 0; block < blocks; block++) {
      for (int slice = 0; slice < slices; slice++) {
        Kernels.tile(page, slice * PAGE * TILE, PAGE, weights, (block * pageCount + p) * PAGE * 4,
            mixed, (block * slices + slice) * 4 * TILE);
      }
    }
  }
}
