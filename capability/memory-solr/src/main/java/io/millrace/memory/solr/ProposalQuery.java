// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.solr;

import io.millrace.memory.PassageShards.Proposal;
import io.millrace.memory.SoughtWords;
import io.millrace.memory.WordCounts;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Asks Solr for passages that a question may be answered by. Words are weighed by BM25F as a function of what the passage holds and of our own
 * counts: Solr's similarity would use each shard's counts, over everything that lies there. A function is worked out for each passage
 * that is looked at, so those are limited: where words are common, only passages that have one of the rarer ones are looked at.
 */
final class ProposalQuery {

  /** Passages that are looked at in a shard, about, unless the rarest word has more: a microsecond each, so 30 ms. */
  private static final long LOOKED_AT = 30_000;

  /** Words that weigh in what is proposed; questions have fewer, and what is proposed is judged by all of them. */
  private static final int MOST_WORDS = 32;

  /** About what saturation leaves of a pair's weight that stands once in a passage. */
  private static final double ONCE = 0.45;

  /** So small that all of BM25 together weighs less than a document's name. */
  private static final double TIE_BREAK = 1e-3;

  /** Keeps a division from being by zero where length does not count. */
  private static final String LEAST = "0.000001";

  private final int shards;

  ProposalQuery(int shards) {
    this.shards = shards;
  }

  /** A word with what BM25 makes of its frequency. */
  private record Weighed(SoughtWords.Word word, long passages, double weight) {}

  /** Returns what is best by words. */
  Map<String, String> words(Proposal proposal, int rows) {
    Map<String, String> form = new LinkedHashMap<>();
    List<String> parts = new ArrayList<>();
    addWords(form, proposal);
    form.put("bmq", "{!func v=$bm}");
    parts.add("bmq");
    List<SoughtWords.Pair> pairs = proposal.words().pairs();
    for (int i = 0; i < pairs.size(); i++) {
      form.put("pair" + i, pair(pairs.get(i), proposal.counts()));
      parts.add("pair" + i);
    }
    form.put("q", "{!bool " + parts.stream().map(part -> "should=$" + part).collect(Collectors.joining(" ")) + "}");
    form.put("fq.words", looked(form, weighed(proposal)));
    form.put("rows", String.valueOf(rows));
    return form;
  }

  /** Returns what is called as the question says; among those of equal names what is best by words. */
  Map<String, String> names(Proposal proposal, int rows) {
    Map<String, String> form = new LinkedHashMap<>();
    form.put("names", String.join(",", proposal.names()));
    form.put("sections", "{!terms f=" + SolrLayout.SECTION_NAME + " v=$names}");
    form.put("documents", "{!terms f=" + SolrLayout.DOCUMENT_NAME + " v=$names}");
    form.put("bysection", "{!boost b=" + number(proposal.sectionShare()) + " v=$sections}");
    form.put("bydocument", "{!boost b=" + number(1 - proposal.sectionShare()) + " v=$documents}");
    form.put("named", "{!bool should=$bysection should=$bydocument}");
    addWords(form, proposal);
    form.put("tie", "{!boost b=" + number(TIE_BREAK) + " v=$bmq}");
    form.put("bmq", "{!func v=$bm}");
    form.put("q", "{!bool must=$named should=$tie}");
    form.put("rows", String.valueOf(rows));
    return form;
  }

  /** Returns what is nearest in meaning. */
  Map<String, String> meaning(Proposal proposal, int rows) {
    float[] vector = proposal.vector();
    if (vector == null) {
      throw new IllegalArgumentException("a question without embedding is not sought by meaning");
    }
    return near(SolrLayout.vector(proposal.language()), vector, rows);
  }

  static Map<String, String> near(String field, float[] vector, int rows) {
    Map<String, String> form = new LinkedHashMap<>();
    StringBuilder numbers = new StringBuilder("[");
    for (float x : vector) {
      numbers.append(numbers.length() == 1 ? "" : ",").append(x);
    }
    form.put("near", numbers.append("]").toString());
    form.put("q", "{!knn f=" + field + " topK=" + rows + " v=$near}");
    form.put("rows", String.valueOf(rows));
    return form;
  }

  /** Adds BM25F as the function {@code bm}. */
  private static void addWords(Map<String, String> form, Proposal proposal) {
    List<Weighed> weighed =
        weighed(proposal).stream().sorted(Comparator.comparingDouble(Weighed::weight).reversed()).limit(MOST_WORDS).toList();
    Map<Map<String, Double>, String> lengths = new LinkedHashMap<>();
    List<String> summands = new ArrayList<>();
    for (int i = 0; i < weighed.size(); i++) {
      SoughtWords.Word word = weighed.get(i).word();
      String length = lengths.get(word.fields());
      if (length == null) {
        length = "k" + lengths.size();
        lengths.put(word.fields(), length);
        form.put(length, length(word.fields(), proposal));
      }
      form.put("w" + i, word.text());
      String frequency = "$w" + i;
      List<String> occurrences =
          word.fields().entrySet().stream()
              .map(field -> "product(" + number(field.getValue()) + ",termfreq(" + SolrLayout.field(field.getKey()) + "," + frequency + "))")
              .toList();
      summands.add(
          "product(" + number(weighed.get(i).weight()) + ",div(1,sum(1,div($" + length + ",sum(" + String.join(",", occurrences) + ")))))");
    }
    form.put("bm", summands.isEmpty() ? "0" : "sum(" + String.join(",", summands) + ")");
  }

  /** Returns what a frequency is compared with: k1, more for texts that are longer than the mean. */
  private static String length(Map<String, Double> fields, Proposal proposal) {
    double passages = 0;
    double words = 0;
    List<String> terms = new ArrayList<>();
    for (Map.Entry<String, Double> field : fields.entrySet()) {
      WordCounts.Extent extent = proposal.counts().extents().get(field.getKey());
      if (extent != null) {
        passages = Math.max(passages, extent.passages());
        words += field.getValue() * extent.words();
      }
      terms.add("product(" + number(field.getValue()) + "," + SolrLayout.length(field.getKey()) + ")");
    }
    double k1 = proposal.ranking().k1();
    double b = proposal.ranking().b();
    double slope = words == 0 ? 0 : k1 * b * passages / words;
    return "sum(" + LEAST + "," + number(k1 * (1 - b)) + ",product(" + number(slope) + ",sum(" + String.join(",", terms) + ")))";
  }

  /** Leaves out words that nothing holds. */
  private static List<Weighed> weighed(Proposal proposal) {
    List<Weighed> all = new ArrayList<>();
    for (SoughtWords.Word word : proposal.words().words()) {
      long with = 0;
      for (String field : word.fields().keySet()) {
        with = Math.max(with, proposal.counts().passagesWith(field, word.text()));
      }
      if (with > 0) {
        all.add(new Weighed(word, with, word.weight() * idf(with, passages(word.fields(), proposal.counts()))));
      }
    }
    return all;
  }

  private static long passages(Map<String, Double> fields, WordCounts counts) {
    return fields.keySet().stream()
        .mapToLong(
            field -> {
              WordCounts.Extent extent = counts.extents().get(field);
              return extent == null ? 0 : extent.passages();
            })
        .max()
        .orElse(0);
  }

  private static double idf(long with, long passages) {
    return Math.log(1 + (passages - with + 0.5) / (with + 0.5));
  }

  /** Passages with one of the rarest words: of so many words that about {@link #LOOKED_AT} are looked at in each shard, one at least. */
  private String looked(Map<String, String> form, List<Weighed> weighed) {
    Map<String, List<String>> byField = new LinkedHashMap<>();
    long sum = 0;
    for (Weighed each : weighed.stream().sorted(Comparator.comparingLong(Weighed::passages)).toList()) {
      if (sum > 0 && sum + each.passages() > LOOKED_AT * shards) {
        break;
      }
      sum += each.passages();
      each.word().fields().keySet().forEach(
          field -> byField.computeIfAbsent(SolrLayout.field(field), _ -> new ArrayList<>()).add(each.word().text()));
    }
    if (byField.isEmpty()) {
      form.put("looked0", "-*:*");
      return "{!lucene cache=false v=$looked0}";
    }
    StringBuilder any = new StringBuilder("{!bool cache=false");
    byField.forEach(
        (field, words) -> {
          String name = "looked" + field;
          any.append(" should=$").append(name);
          form.put(name, "{!terms f=" + field + " v=$" + name + ".words}");
          form.put(name + ".words", String.join(",", words));
        });
    return any.append("}").toString();
  }

  private static String pair(SoughtWords.Pair pair, WordCounts counts) {
    double best = 0;
    for (String field : pair.fields()) {
      WordCounts.Extent extent = counts.extents().get(field);
      if (extent != null) {
        long first = counts.passagesWith(field, pair.first());
        long second = counts.passagesWith(field, pair.second());
        if (first > 0 && second > 0) {
          best = Math.max(best, idf(first, extent.passages()) + idf(second, extent.passages()));
        }
      }
    }
    String phrase = "\"" + escaped(pair.first()) + " " + escaped(pair.second()) + "\"~1";
    return "("
        + pair.fields().stream().map(field -> SolrLayout.field(field) + ":" + phrase).collect(Collectors.joining(" OR "))
        + ")^=" + number(best * pair.weight() * ONCE);
  }

  private static String escaped(String word) {
    return word.replace("\\", "\\\\").replace("\"", "\\\"");
  }

  /** Returns a number as Solr's functions read it, without exponent. */
  private static String number(double value) {
    return new BigDecimal(value).setScale(9, RoundingMode.HALF_UP).stripTrailingZeros().toPlainString();
  }
}
