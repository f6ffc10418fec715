// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.grounding;

import io.millrace.core.document.Language;
import io.millrace.core.spi.Embedder;
import org.apache.lucene.util.VectorUtil;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A simple way to tell what sources bear out. */
interface Peer {

  String name();

  /** Returns how well the evidence bears a statement out; higher is better. */
  double score(Statement statement);

  /** The share of the sentence's words, or pairs of Han characters, that the evidence has. */
  static Peer overlap() {
    return new Peer() {
      private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}&&[^\\p{IsHan}]]+|(?=(\\p{IsHan}{2}))\\p{IsHan}");

      @Override
      public String name() {
        return "word overlap";
      }

      @Override
      public double score(Statement statement) {
        Set<String> said = words(statement.sentence());
        Set<String> held = words(String.join("\n", statement.evidence()));
        return said.isEmpty() ? 0 : (double) said.stream().filter(held::contains).count() / said.size();
      }

      private Set<String> words(String text) {
        Set<String> words = new HashSet<>();
        Matcher matcher = WORD.matcher(text.toLowerCase(Locale.ROOT));
        while (matcher.find()) {
          words.add(matcher.group(1) == null ? matcher.group() : matcher.group(1));
        }
        return words;
      }
    };
  }

  /** The cosine of the embeddings of sentence and evidence. */
  static Peer cosine(Map<Language, Embedder> embedders) {
    return new Peer() {
      private final Map<String, float[]> known = new HashMap<>();

      @Override
      public String name() {
        return "cosine of embeddings";
      }

      @Override
      public double score(Statement statement) {
        Language language = Language.of(statement.evidence().getFirst());
        float[] sentence = vector(statement.sentence(), language);
        return statement.evidence().stream().mapToDouble(each -> VectorUtil.dotProduct(sentence, vector(each, language))).max().orElse(0);
      }

      private float[] vector(String text, Language language) {
        Embedder embedder = Objects.requireNonNull(embedders.get(language), "an encoder for every language");
        return known.computeIfAbsent(language + text, _ -> embedder.embedPassages(List.of(text)).getFirst());
      }
    };
  }

  /** What a set gives away by itself: in HaluEval right answers are short. */
  static Peer brevity() {
    return new Peer() {
      @Override
      public String name() {
        return "the shorter, the truer";
      }

      @Override
      public double score(Statement statement) {
        return -statement.sentence().length();
      }
    };
  }
}
