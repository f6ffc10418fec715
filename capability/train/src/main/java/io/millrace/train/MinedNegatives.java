// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.core.spi.Embedder;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import io.millrace.train.data.RelevantPair;
import org.bytedeco.pytorch.Tensor;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The texts of other pairs that an encoder takes for the nearest (Xiong et al. 2021, ANCE). What is nearer than a share
 * of the query's own text is left alone, because it is probably an answer too (Moreira et al. 2024, NV-Retriever,
 * section 3.2).
 */
public final class MinedNegatives implements HardNegatives {
  /** Queries compared with all texts at once. */
  private static final int BLOCK = 256;

  private final Embedder embedder;
  private final double share;

  /**
   * Mining with an encoder, usually the one that is about to be trained.
   *
   * @param share of the cosine of a query and its own text that a negative may reach, usually 0.95
   */
  public MinedNegatives(Embedder embedder, double share) {
    if (!(share > 0 && share <= 1)) {
      throw new IllegalArgumentException("share " + share + ": must be above 0 and at most 1");
    }
    this.embedder = embedder;
    this.share = share;
  }

  @Override
  public List<List<String>> of(List<RelevantPair> pairs, int count) {
    List<String> texts = List.copyOf(new LinkedHashSet<>(pairs.stream().map(RelevantPair::positive).toList()));
    Map<String, Integer> places = new HashMap<>();
    IntStream.range(0, texts.size()).forEach(i -> places.put(texts.get(i), i));
    Map<String, Set<String>> answers = new HashMap<>();
    pairs.forEach(pair -> answers.computeIfAbsent(pair.query(), _ -> new HashSet<>()).add(pair.positive()));
    float[] known = flat(embedder.embedPassages(texts));
    List<List<String>> mined = new ArrayList<>();
    for (int from = 0; from < pairs.size(); from += BLOCK) {
      List<RelevantPair> block = pairs.subList(from, Math.min(pairs.size(), from + BLOCK));
      float[] queries = flat(embedder.embedQueries(block.stream().map(RelevantPair::query).toList()));
      float[] cosines = products(queries, known);
      for (int row = 0; row < block.size(); row++) {
        RelevantPair pair = block.get(row);
        int first = row * texts.size();
        double limit = share * cosines[first + places.getOrDefault(pair.positive(), 0)];
        mined.add(IntStream.range(0, texts.size())
            .filter(i -> cosines[first + i] < limit && !texts.get(i).equals(pair.query())
                && !answers.getOrDefault(pair.query(), Set.of()).contains(texts.get(i)))
            .boxed()
            .sorted((a, b) -> Float.compare(cosines[first + b], cosines[first + a]))
            .limit(count)
            .map(texts::get)
            .toList());
      }
    }
    return mined;
  }

  private float[] products(float[] queries, float[] texts) {
    int width = embedder.dimension();
    try (Scope _ = Scope.open();
        NoGrad _ = NoGrad.open()) {
      Tensor left = Tensors.of(queries, queries.length / width, width);
      return Tensors.floats(left.matmul(Tensors.of(texts, texts.length / width, width).t()));
    }
  }

  private static float[] flat(List<float[]> vectors) {
    float[] flat = new float[vectors.stream().mapToInt(vector -> vector.length).sum()];
    int at = 0;
    for (float[] vector : vectors) {
      System.arraycopy(vector, 0, flat, at, vector.length);
      at += vector.length;
    }
    return flat;
  }
}
