// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.engine.PageBook.Claim;
import io.millrace.engine.kernel.KvPages;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

class PageBookTest {
  private static final int PAGE = KvPages.POSITIONS;

  private static int[] tokens(int pages, int... firstOfEach) {
    int[] tokens = new int[pages * PAGE];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = firstOfEach[i / PAGE] * 100 + i % PAGE;
    }
    return tokens;
  }

  private static Claim read(PageBook book, Object space, int[] tokens) {
    Claim claim = new Claim(space);
    book.match(claim, tokens, tokens.length);
    assertThat(book.grow(claim, tokens.length)).isTrue();
    claim.table().size(tokens.length);
    book.settle(claim, tokens);
    return claim;
  }

  @Test
  void sharesACommonBeginningAndNothingAfterIt() {
    PageBook book = new PageBook(10);
    Claim first = read(book, "model", tokens(3, 1, 2, 3));
    Claim second = read(book, "model", tokens(3, 1, 2, 4));
    assertThat(second.table().pages()[0]).isEqualTo(first.table().pages()[0]);
    assertThat(second.table().pages()[1]).isEqualTo(first.table().pages()[1]);
    assertThat(second.table().pages()[2]).isNotEqualTo(first.table().pages()[2]);
    assertThat(book.available()).isEqualTo(6);
    Claim other = read(book, "adapter", tokens(3, 1, 2, 3));
    assertThat(other.table().pages()[0]).isNotEqualTo(first.table().pages()[0]);
    assertThat(book.available()).isEqualTo(3);
  }

  @Test
  void keepsPagesOfWhatHasEndedUntilTheirPlaceIsNeeded() {
    PageBook book = new PageBook(4);
    book.release(read(book, "model", tokens(3, 1, 2, 3)));
    assertThat(book.available()).isEqualTo(4);
    assertThat(book.use()).isZero();
    assertThat(book.known(new Claim("model"), tokens(3, 1, 2, 3), 3 * PAGE)).isEqualTo(3);
    assertThat(book.known(new Claim("model"), tokens(3, 1, 2, 3), 3 * PAGE - 1)).isEqualTo(2);
    Claim other = read(book, "model", tokens(2, 5, 6)); // one page was free, the leaf is given up for the second
    assertThat(book.known(new Claim("model"), tokens(3, 1, 2, 3), 3 * PAGE)).isEqualTo(2);
    assertThat(book.grow(other, 5 * PAGE)).isFalse();
    assertThat(other.table().count()).isEqualTo(4);
    assertThat(book.known(new Claim("model"), tokens(1, 1), PAGE)).isZero();
    book.release(other);
    assertThat(book.available()).isEqualTo(4);
  }

  @Test
  void twoThatReadTheSameAtTheSameTimeEndUpSharing() {
    PageBook book = new PageBook(4);
    int[] tokens = tokens(2, 1, 2);
    Claim a = new Claim("m");
    Claim b = new Claim("m");
    for (Claim claim : List.of(a, b)) {
      assertThat(book.grow(claim, 2 * PAGE)).isTrue();
      claim.table().size(2 * PAGE);
    }
    book.settle(a, tokens);
    assertThat(book.available()).isZero();
    book.settle(b, tokens);
    assertThat(book.available()).isEqualTo(2);
    assertThat(b.table().pages()).startsWith(a.table().pages()[0], a.table().pages()[1]);
  }

  /** Pages are played with as a scheduler does, and it is checked that none is in two hands and none lost. */
  @Test
  void neverGivesAPageToTwoAndNeverLosesOne() {
    Random random = new Random(11);
    PageBook book = new PageBook(12);
    Map<Claim, int[]> claims = new HashMap<>();
    Map<Integer, Integer> content = new HashMap<>(); // page → hash of all tokens up to its end
    for (int i = 0; i < 20_000; i++) {
      if (claims.size() < 4 && random.nextInt(3) > 0) {
        int[] tokens = new int[(1 + random.nextInt(4)) * PAGE + random.nextInt(PAGE)];
        for (int t = 0; t < tokens.length; t++) {
          tokens[t] = t / PAGE * 7 + random.nextInt(t % PAGE == 0 ? 2 : 1);
        }
        claims.put(new Claim(random.nextInt(2), random.nextBoolean() ? Integer.MAX_VALUE : PAGE + PAGE / 2), tokens);
      } else if (!claims.isEmpty()) {
        Claim claim = new ArrayList<>(claims.keySet()).get(random.nextInt(claims.size()));
        int[] tokens = claims.get(claim);
        int matched = book.match(claim, tokens, tokens.length - 1);
        for (int p = (claim.table().size() - matched) / PAGE; p < claim.table().size() / PAGE && matched > 0; p++) {
          assertThat(content.get(claim.table().pages()[p])).isEqualTo(hash(claim, tokens, p));
        }
        int to = Math.min(tokens.length, claim.table().size() + 1 + random.nextInt(50));
        if (book.grow(claim, to)) {
          for (int p = claim.table().size() / PAGE; p < to / PAGE; p++) {
            content.put(claim.table().pages()[p], hash(claim, tokens, p));
          }
          claim.table().size(to);
          book.settle(claim, tokens);
        } else {
          book.release(claim);
        }
        if (to == tokens.length || random.nextInt(10) == 0) {
          book.release(claim);
          claims.remove(claim);
        }
      }
      checkNobodySharesUnknownPages(claims);
    }
    claims.keySet().forEach(book::release);
    assertThat(book.available()).isEqualTo(12);
    assertThat(book.grow(new Claim("x"), 12 * PAGE)).isTrue();
  }

  private static int hash(Claim claim, int[] tokens, int page) {
    return Arrays.hashCode(Arrays.copyOf(tokens, (page + 1) * PAGE)) * 31
        + (claim.sharesWith(new Claim(0), (page + 1) * PAGE) ? 1 : 0) + (claim.sharesWith(new Claim(1), (page + 1) * PAGE) ? 2 : 0)
        + (claim.sharesWith(new Claim(0, PAGE + PAGE / 2), (page + 1) * PAGE) ? 4 : 0);
  }

  /** Pages may be in two tables only where all tokens up to their ends are equal. */
  private static void checkNobodySharesUnknownPages(Map<Claim, int[]> claims) {
    Map<Integer, Integer> seen = new HashMap<>();
    claims.forEach((claim, tokens) -> {
      for (int p = 0; p < claim.table().count(); p++) {
        boolean full = (p + 1) * PAGE <= claim.table().size();
        int mark = full ? hash(claim, tokens, p) : System.identityHashCode(claim);
        Integer other = seen.put(claim.table().pages()[p], mark);
        assertThat(other == null || other == mark).isTrue();
      }
    });
  }
}
