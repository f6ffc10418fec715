// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

import io.millrace.core.similarity.MinHash;
import io.millrace.core.similarity.Shingles;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class NearDuplicatesTest {

  /** Jaccard by the book, over sets of strings. */
  private static double jaccard(String a, String b) {
    Set<String> first = grams(a);
    Set<String> second = grams(b);
    Set<String> union = new HashSet<>(first);
    union.addAll(second);
    first.retainAll(second);
    return union.isEmpty() ? 1 : (double) first.size() / union.size();
  }

  private static Set<String> grams(String text) {
    List<String> tokens = new ArrayList<>();
    java.util.regex.Matcher matcher =
        java.util.regex.Pattern.compile("\\p{IsHan}|[\\p{L}\\p{N}&&[^\\p{IsHan}]]+").matcher(text.toLowerCase());
    while (matcher.find()) {
      tokens.add(matcher.group());
    }
    Set<String> grams = new HashSet<>();
    for (int i = 0; i + 5 <= tokens.size(); i++) {
      grams.add(String.join(" ", tokens.subList(i, i + 5)));
    }
    return grams;
  }

  private static String text(Random random, int words) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < words; i++) {
      text.append(
              random.nextInt(4) == 0
                  ? Character.toString(0x4e00 + random.nextInt(3_000))
                  : "w" + random.nextInt(5_000))
          .append(' ');
    }
    return text.toString();
  }

  private static String changed(Random random, String text, double share) {
    String[] words = text.split(" ");
    for (int i = 0; i < words.length; i++) {
      if (random.nextDouble() < share) {
        words[i] = "changed" + random.nextInt(10_000);
      }
    }
    return String.join(" ", words);
  }

  @Test
  void shinglesHaveTheJaccardSimilarityOfTheBook() {
    Random random = new Random(3);
    for (int round = 0; round < 40; round++) {
      String a = text(random, 60 + random.nextInt(200));
      String b = changed(random, a, random.nextDouble() * 0.2);

      assertThat(Shingles.of(a).jaccard(Shingles.of(b))).isCloseTo(jaccard(a, b), within(1e-12));
    }
  }

  @Test
  void sketchesEstimateTheSimilarity() {
    Random random = new Random(4);
    double error = 0;
    for (int round = 0; round < 30; round++) {
      String a = text(random, 400);
      Shingles first = Shingles.of(a);
      Shingles second = Shingles.of(changed(random, a, 0.05));
      long[] one = MinHash.sketch(first);
      long[] other = MinHash.sketch(second);
      int equal = 0;
      for (int i = 0; i < one.length; i++) {
        equal += one[i] == other[i] ? 1 : 0;
      }
      error += Math.abs((double) equal / one.length - first.jaccard(second)) / 30;
    }
    assertThat(error).isLessThan(0.05);
  }

  @Test
  void findsExactlyTheCopiesThatComparingAllPairsFinds() {
    Random random = new Random(5);
    Map<String, String> texts = new TreeMap<>();
    for (int family = 0; family < 40; family++) {
      String original = text(random, 150 + random.nextInt(200));
      for (int member = 0; member < 5; member++) {
        texts.put("t" + family + "-" + member, changed(random, original, new double[] {0, 0, 0.005, 0.01, 0.1}[member]));
      }
    }

    Map<String, String> copies = NearDuplicates.among(texts);

    Map<String, String> expected = new TreeMap<>();
    List<String> ids = new ArrayList<>(texts.keySet());
    for (int j = 0; j < ids.size(); j++) {
      for (int i = 0; i < j; i++) {
        if (!expected.containsKey(ids.get(i))
            && jaccard(texts.get(ids.get(i)), texts.get(ids.get(j))) >= NearDuplicates.THRESHOLD) {
          expected.put(ids.get(j), ids.get(i));
          break;
        }
      }
    }
    assertThat(expected).hasSizeGreaterThan(60);
    assertThat(new TreeMap<>(copies)).isEqualTo(expected);
  }

  @Test
  void shortTextsAreNoCopiesOfEachOther() {
    assertThat(NearDuplicates.among(Map.of("a", "Thrown when it fails.", "b", "Thrown when it fails."))).isEmpty();
  }
}
