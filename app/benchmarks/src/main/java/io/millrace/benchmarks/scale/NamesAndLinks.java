// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.scale;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Function;

/**
 * What API documentation has beside prose, for made-up passages: documents are called like classes, their sections like members, texts
 * mention other documents and their members, and link to them. Each document has four links and eight mentions on average. Half of them go to
 * its own package, and half anywhere, by Zipf's law: few documents are known to all, as {@code String} is. Half of the members have names that
 * many have, as {@code close}. The same ones every time.
 */
final class NamesAndLinks {

  private static final int OF_A_PACKAGE = 25;
  private static final int COMMON_MEMBERS = 500;
  private static final int MOST_LINKS = 2;
  private static final int MOST_MENTIONS = 4;

  /** Spreads popular documents over the collection; a prime. */
  private static final int STRIDE = 1_000_003;

  private static final int TITLE = 0;
  private static final int MEMBER = 1;
  private static final int COMMON = 2;
  private static final int TEXT = 3;

  private final int documents;
  private final Function<SplittableRandom, String> words;
  /** Cumulative probabilities of documents by rank. */
  private final double[] popular;

  /**
   * Names of a collection.
   *
   * @param documents of it
   * @param words draws any word in lower case
   */
  NamesAndLinks(int documents, Function<SplittableRandom, String> words) {
    this.documents = documents;
    this.words = words;
    this.popular = new double[documents];
    double sum = 0;
    for (int rank = 0; rank < documents; rank++) {
      sum += 1.0 / (rank + 1);
      popular[rank] = sum;
    }
    for (int rank = 0; rank < documents; rank++) {
      popular[rank] /= sum;
    }
  }

  /** Returns a passage with its name, what its text mentions, and its links; the first one of a document introduces it. */
  Passage passage(String id, int document, int ordinal, String text) {
    SplittableRandom random = random(number(document, ordinal), TEXT);
    List<String> said = new ArrayList<>(List.of(text.split(" ")));
    for (int mentions = random.nextInt(MOST_MENTIONS + 1); mentions > 0; mentions--) {
      // Not at the end, which has the full stop.
      said.add(random.nextInt(said.size()), named(other(document, random), random));
    }
    List<String> links = new ArrayList<>();
    for (int count = random.nextInt(MOST_LINKS + 1); count > 0; count--) {
      String page = SyntheticPassages.documentId(other(document, random));
      links.add(random.nextBoolean() ? page : page + "#" + anchor(section(random)));
    }
    return new Passage(
        id + "#" + ordinal, id, ordinal, ordinal == 0 ? "" : anchor(ordinal),
        List.of("Synthetic", "package" + document / OF_A_PACKAGE, title(document)), ordinal == 0 ? "" : member(document, ordinal),
        String.join(" ", said), Language.ENGLISH, null, null, Set.of(), links.stream().distinct().toList());
  }

  /** Returns a question that names the passage it is about, or its document. */
  String naming(String question, int document, int ordinal, SplittableRandom random) {
    String name = ordinal == 0 || random.nextBoolean() ? title(document) : title(document) + "." + member(document, ordinal);
    return question.replaceFirst("\\.$", "") + " with " + name;
  }

  /** A document or one of its members, as a text mentions it. */
  private String named(int document, SplittableRandom random) {
    return random.nextBoolean() ? title(document) : title(document) + "." + member(document, section(random));
  }

  private static int section(SplittableRandom random) {
    return 1 + random.nextInt(SyntheticPassages.OF_A_DOCUMENT - 1);
  }

  private int other(int document, SplittableRandom random) {
    if (random.nextBoolean()) {
      return Math.min(documents - 1, document / OF_A_PACKAGE * OF_A_PACKAGE + random.nextInt(OF_A_PACKAGE));
    }
    int at = Arrays.binarySearch(popular, random.nextDouble());
    int rank = Math.min(documents - 1, at < 0 ? -at - 1 : at);
    return (int) ((long) rank * STRIDE % documents);
  }

  private String title(int document) {
    SplittableRandom random = random(document, TITLE);
    return capital(words.apply(random)) + capital(words.apply(random));
  }

  private String member(int document, int ordinal) {
    SplittableRandom random = random(number(document, ordinal), MEMBER);
    SplittableRandom drawn = random.nextBoolean() ? random(random.nextInt(1 + random.nextInt(COMMON_MEMBERS)), COMMON) : random;
    return words.apply(drawn) + capital(words.apply(drawn));
  }

  private static String anchor(int ordinal) {
    return "s" + ordinal;
  }

  private static int number(int document, int ordinal) {
    return document * SyntheticPassages.OF_A_DOCUMENT + ordinal;
  }

  private static String capital(String word) {
    return word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1);
  }

  /** Apart from all that the passages themselves draw. */
  private static SplittableRandom random(int number, int purpose) {
    return new SplittableRandom(0x5EEDL << 40 | number * 4L + purpose);
  }
}
