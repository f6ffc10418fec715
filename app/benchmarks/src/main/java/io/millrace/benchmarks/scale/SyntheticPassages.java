// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.scale;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.spi.Embedder;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Made-up passages of which any number can be had, the same ones every time. Each belongs to a subject. Its words are half the
 * subject's own and half anybody's, by Zipf's law; its embedding is the subject's plus as much of its own, each drawn from a normal
 * distribution in every dimension. Questions take words of a passage and lie near it.
 */
final class SyntheticPassages {

  /** Passages of one document. */
  static final int OF_A_DOCUMENT = 4;

  static final int DIMENSION = 384;

  private static final int WORDS = 60;
  private static final int VOCABULARY = 60_000;
  private static final int OWN_WORDS = 300;
  /** Subjects grow with the collection, as those of libraries do. */
  private static final int OF_A_SUBJECT = 250;
  private static final int QUESTION_WORDS = 6;
  /** One question in so many names something, where passages have names. */
  private static final int ONE_NAMES_OF = 3;
  private static final float QUESTION_NOISE = 0.7f;
  private static final String[] SYLLABLES = {
    "ba", "be", "co", "da", "do", "fe", "ga", "hi", "ka", "lo", "lu", "ma", "mi", "na", "no", "pa", "po", "ra", "ri", "sa", "so", "ta", "te",
    "ti", "va", "vo", "wi", "xa", "ya", "zu"
  };

  private final int subjects;
  private final @Nullable NamesAndLinks names;
  /** Cumulative probabilities of words by rank. */
  private final double[] zipf;

  /**
   * Passages of a collection.
   *
   * @param passages of it, by which its subjects grow
   * @param named whether they have names and links, too, see {@link NamesAndLinks}; all else is the same
   */
  SyntheticPassages(int passages, boolean named) {
    this.subjects = Math.max(1, passages / OF_A_SUBJECT);
    this.zipf = new double[VOCABULARY];
    double sum = 0;
    for (int rank = 0; rank < VOCABULARY; rank++) {
      sum += 1.0 / (rank + 1);
      zipf[rank] = sum;
    }
    for (int rank = 0; rank < VOCABULARY; rank++) {
      zipf[rank] /= sum;
    }
    this.names = named ? new NamesAndLinks(Math.max(1, passages / OF_A_DOCUMENT), this::anyWord) : null;
  }

  private String anyWord(SplittableRandom random) {
    return word(random.nextInt(VOCABULARY));
  }

  /**
   * A question.
   *
   * @param plain the same without what it names
   * @param vector the embedding of either
   */
  record Question(String text, String plain, float[] vector) {}

  static String documentId(int document) {
    return "synthetic/" + document;
  }

  /** Returns the passages of a document, counted from 0. */
  List<Passage> document(int document) {
    List<Passage> passages = new ArrayList<>();
    for (int ordinal = 0; ordinal < OF_A_DOCUMENT; ordinal++) {
      int number = document * OF_A_DOCUMENT + ordinal;
      String text = text(random(number, 0), subject(number), WORDS);
      if (names != null) {
        passages.add(names.passage(documentId(document), document, ordinal, text));
        continue;
      }
      passages.add(
          new Passage(
              documentId(document) + "#" + ordinal, documentId(document), ordinal, "s" + ordinal, List.of("Synthetic", "Page " + document),
              text(random(number, 1), subject(number), 2), text, Language.ENGLISH, null, Set.of()));
    }
    return passages;
  }

  /** Returns the embedding of a passage, counted from 0 over all documents; of length 1. */
  float[] vector(int number) {
    SplittableRandom subject = random(subject(number), 2);
    SplittableRandom own = random(number, 3);
    float[] vector = new float[DIMENSION];
    for (int i = 0; i < DIMENSION; i++) {
      vector[i] = (float) (subject.nextGaussian() + own.nextGaussian());
    }
    return unit(vector);
  }

  /** Returns a question near one of the first so many passages. */
  Question question(int number, int passages) {
    SplittableRandom random = random(number, 4);
    int near = random.nextInt(passages);
    float[] vector = vector(near);
    float noise = QUESTION_NOISE / (float) Math.sqrt(DIMENSION);
    for (int i = 0; i < DIMENSION; i++) {
      vector[i] += noise * (float) random.nextGaussian();
    }
    String text = "how to " + text(random, subject(near), QUESTION_WORDS);
    String asked =
        names != null && number % ONE_NAMES_OF == 0
            ? names.naming(text, near / OF_A_DOCUMENT, near % OF_A_DOCUMENT, random)
            : text;
    return new Question(asked, text, unit(vector));
  }

  private int subject(int number) {
    return random(number / OF_A_DOCUMENT, 5).nextInt(subjects);
  }

  private String text(SplittableRandom random, int subject, int words) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < words; i++) {
      int word = zipfian(random);
      if (random.nextBoolean()) {
        word = Math.floorMod((subject * 31 + word % OWN_WORDS) * 0x9E3779B9, VOCABULARY);
      }
      text.append(i == 0 ? "" : " ").append(word(word));
    }
    return text.append('.').toString();
  }

  private int zipfian(SplittableRandom random) {
    int at = Arrays.binarySearch(zipf, random.nextDouble());
    return Math.min(VOCABULARY - 1, at < 0 ? -at - 1 : at);
  }

  private static String word(int number) {
    StringBuilder word = new StringBuilder();
    for (int rest = number + SYLLABLES.length; rest > 0; rest /= SYLLABLES.length) {
      word.append(SYLLABLES[rest % SYLLABLES.length]);
    }
    return word.toString();
  }

  private static SplittableRandom random(int number, int purpose) {
    return new SplittableRandom(number * 8L + purpose);
  }

  private static float[] unit(float[] vector) {
    double squares = 0;
    for (float x : vector) {
      squares += (double) x * x;
    }
    float scale = (float) (1 / Math.sqrt(squares));
    for (int i = 0; i < vector.length; i++) {
      vector[i] *= scale;
    }
    return vector;
  }

  /** Has the embeddings of questions at hand: what embedding costs is measured elsewhere. */
  static final class Known implements Embedder {

    private final Map<String, float[]> byText;

    Known(List<Question> questions) {
      Map<String, float[]> all = new HashMap<>();
      questions.forEach(question -> all.putIfAbsent(question.text(), question.vector()));
      questions.forEach(question -> all.putIfAbsent(question.plain(), question.vector()));
      this.byText = Map.copyOf(all);
    }

    @Override
    public String model() {
      return "synthetic";
    }

    @Override
    public int dimension() {
      return DIMENSION;
    }

    @Override
    public List<float[]> embedQueries(List<String> texts) {
      return texts.stream().map(text -> Objects.requireNonNull(byText.get(text), text)).toList();
    }

    @Override
    public List<float[]> embedPassages(List<String> texts) {
      throw new UnsupportedOperationException("passages bring their embeddings");
    }

    @Override
    public void close() {}
  }
}
