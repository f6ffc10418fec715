// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.engine.kernel.KvPages;

import java.util.Arrays;

/** Where a sequence's keys and values are: its pages in order, and how many positions are filled. For one thread. */
final class PageTable {
  private int[] pages = new int[4];
  private int count;
  private int size;

  /** The pages; more places than there are pages. */
  int[] pages() {
    return pages;
  }

  /** How many pages there are. */
  int count() {
    return count;
  }

  /** The page of a position. */
  int page(int position) {
    return pages[position / KvPages.POSITIONS];
  }

  /** Positions for which there are pages. */
  int capacity() {
    return count * KvPages.POSITIONS;
  }

  /** Positions that are filled. */
  int size() {
    return size;
  }

  void size(int positions) {
    size = positions;
  }

  void add(int page) {
    if (count == pages.length) {
      pages = Arrays.copyOf(pages, count * 2);
    }
    pages[count++] = page;
  }

  /** Puts another page, which holds the same, in the place of one. */
  void replace(int index, int page) {
    pages[index] = page;
  }

  /** Forgets all pages. */
  void clear() {
    count = 0;
    size = 0;
  }
}
