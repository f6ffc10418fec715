// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.encoder;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** How a question and a passage become one sequence: [CLS] question [SEP] passage [SEP]. */
public enum PairLayout {
  /** As BERT's authors do it: the type of a token says which text it is of; of the longer text the end is cut off. */
  PLAIN(2) {
    @Override
    public EncoderText of(int[] question, int[] passage, int longest, int cls, int sep) {
      int room = longest - SPECIAL;
      int keptA = question.length;
      int keptB = passage.length;
      if (keptA + keptB > room) {
        keptA = Math.min(keptA, Math.max(room / 2, room - keptB));
        keptB = Math.min(keptB, room - keptA);
      }
      int[] tokens = joined(Arrays.copyOf(question, keptA), Arrays.copyOf(passage, keptB), cls, sep);
      return EncoderText.pair(tokens, keptA + 2);
    }
  },
  /**
   * For small encoders and short sequences. Of a passage that is too long remain its beginning, which says where it is from, and those words
   * one behind the other that share most with the question. The type of a token also says whether the other text has it
   * (Boualili, Moreno and Boughanem, "MarkedBERT", SIGIR 2020, with marks in the text), which two layers would have to learn.
   */
  MARKED(4) {
    @Override
    public EncoderText of(int[] question, int[] passage, int longest, int cls, int sep) {
      int room = longest - SPECIAL;
      int[] asked = Arrays.copyOf(question, Math.min(question.length, room / 3));
      int[] shown = shown(asked, passage, room - asked.length);
      int[] tokens = joined(asked, shown, cls, sep);
      int[] types = new int[tokens.length];
      mark(types, 1, asked, shown, 0, 2);
      mark(types, asked.length + 2, shown, asked, 1, 3);
      types[tokens.length - 1] = 1;
      return new EncoderText(tokens, types);
    }
  };

  /** The special tokens of a pair. */
  private static final int SPECIAL = 3;

  /** Of what is shown of a passage that is too long, so much is its beginning: 1 of 4. */
  private static final int BEGINNING = 4;

  private final int types;

  PairLayout(int types) {
    this.types = types;
  }

  /** How many types of tokens there are. */
  public int types() {
    return types;
  }

  /**
   * Lays a pair out.
   *
   * @param question its tokens, without special ones
   * @param passage the same
   * @param longest tokens with special ones, at least 8
   */
  public abstract EncoderText of(int[] question, int[] passage, int longest, int cls, int sep);

  private static int[] joined(int[] a, int[] b, int cls, int sep) {
    int[] tokens = new int[a.length + b.length + SPECIAL];
    tokens[0] = cls;
    System.arraycopy(a, 0, tokens, 1, a.length);
    tokens[a.length + 1] = sep;
    System.arraycopy(b, 0, tokens, a.length + 2, b.length);
    tokens[tokens.length - 1] = sep;
    return tokens;
  }

  private static void mark(int[] types, int at, int[] own, int[] other, int alone, int shared) {
    for (int i = 0; i < own.length; i++) {
      types[at + i] = alone;
      for (int token : other) {
        if (token == own[i]) {
          types[at + i] = shared;
          break;
        }
      }
    }
  }

  private static int[] shown(int[] question, int[] passage, int room) {
    if (passage.length <= room) {
      return passage;
    }
    int beginning = room / BEGINNING;
    int from = best(question, passage, beginning, room - beginning);
    int[] shown = Arrays.copyOf(passage, room);
    System.arraycopy(passage, from, shown, beginning, room - beginning);
    return shown;
  }

  /** Where those {@code width} tokens begin that hold most of the question; a token that is everywhere says little. The first such place. */
  private static int best(int[] question, int[] passage, int least, int width) {
    Map<Integer, Integer> everywhere = new HashMap<>();
    for (int token : question) {
      everywhere.put(token, 0);
    }
    for (int token : passage) {
      everywhere.computeIfPresent(token, (_, count) -> count + 1);
    }
    Map<Integer, Integer> here = new HashMap<>();
    double sum = 0;
    double most = -1;
    int best = least;
    for (int end = least; end < passage.length; end++) {
      Integer count = everywhere.get(passage[end]);
      if (count != null && here.merge(passage[end], 1, Integer::sum) == 1) {
        sum += 1.0 / count;
      }
      int from = end - width + 1;
      if (from > least) {
        int left = passage[from - 1];
        Integer leaving = everywhere.get(left);
        if (leaving != null && here.merge(left, -1, Integer::sum) == 0) {
          sum -= 1.0 / leaving;
        }
      }
      // Sums of shares differ by rounding where they are the same.
      if (from >= least && sum > most + 1e-9) {
        most = sum;
        best = from;
      }
    }
    return best;
  }
}
