// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;

import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The decoders once more, in double precision and plain loops after their papers, token by token and head by head, on
 * the tensors of a Hugging Face file. Slow, short, and without anything in common with {@link Decoder}.
 */
final class TextbookDecoder {
  private final DecoderConfig c;
  private final Map<String, double[]> tensors = new HashMap<>();

  TextbookDecoder(Decoder decoder) {
    c = decoder.config();
    try (Scope scope = Scope.open()) {
      for (Map.Entry<String, Tensor> e : DecoderWeights.huggingFace(c, decoder.weights()).entrySet()) {
        tensors.put(e.getKey(), Tensors.doubles(e.getValue()));
      }
    }
  }

  /** Scores of the next token after each token. */
  double[][] logits(int... tokens) {
    double[][] x = new double[tokens.length][];
    for (int t = 0; t < tokens.length; t++) {
      x[t] = row(tensor("model.embed_tokens.weight"), tokens[t], c.hiddenSize());
    }
    for (int layer = 0; layer < c.layers(); layer++) {
      String prefix = "model.layers." + layer + ".";
      double[][] attended = attention(prefix + "self_attn.", normalised(x, prefix + "input_layernorm.weight"));
      for (int t = 0; t < x.length; t++) {
        x[t] = sum(x[t], attended[t]);
      }
      double[][] normed = normalised(x, prefix + "post_attention_layernorm.weight");
      for (int t = 0; t < x.length; t++) {
        x[t] = sum(x[t], c.expertsAt(layer) == null ? swiGlu(prefix + "mlp.", normed[t]) : mixture(prefix, normed[t]));
      }
    }
    double[][] last = normalised(x, "model.norm.weight");
    String head = c.tieEmbeddings() ? "model.embed_tokens.weight" : "lm_head.weight";
    return Arrays.stream(last).map(h -> product(head, h)).toArray(double[][]::new);
  }

  private double[][] attention(String prefix, double[][] x) {
    int dim = c.headDim();
    double[][] joined = new double[x.length][c.heads() * dim];
    for (int head = 0; head < c.heads(); head++) {
      int shared = head / (c.heads() / c.kvHeads());
      double[][] q = new double[x.length][];
      double[][] k = new double[x.length][];
      double[][] v = new double[x.length][];
      for (int t = 0; t < x.length; t++) {
        q[t] = rotated(headNorm(prefix + "q_norm.weight", head(prefix + "q_proj.", x[t], head)), t, x.length);
        k[t] = rotated(headNorm(prefix + "k_norm.weight", head(prefix + "k_proj.", x[t], shared)), t, x.length);
        v[t] = head(prefix + "v_proj.", x[t], shared);
      }
      for (int t = 0; t < x.length; t++) {
        double[] weights = new double[t + 1];
        double sum = 0;
        for (int s = 0; s <= t; s++) {
          weights[s] = Math.exp(dot(q[t], k[s]) / Math.sqrt(dim));
          sum += weights[s];
        }
        for (int s = 0; s <= t; s++) {
          for (int i = 0; i < dim; i++) {
            joined[t][head * dim + i] += weights[s] / sum * v[s][i];
          }
        }
      }
    }
    return Arrays.stream(joined).map(j -> product(prefix + "o_proj.weight", j)).toArray(double[][]::new);
  }

  private double[] head(String name, double[] x, int head) {
    double[] all = product(name + "weight", x);
    if (tensors.containsKey(name + "bias")) {
      all = sum(all, tensor(name + "bias"));
    }
    return Arrays.copyOfRange(all, head * c.headDim(), (head + 1) * c.headDim());
  }

  private double[] headNorm(String name, double[] head) {
    return tensors.containsKey(name) ? normalised(new double[][] {head}, name)[0] : head;
  }

  /** As complex numbers: pair i is multiplied by e^(i·angle). */
  private double[] rotated(double[] head, int position, int length) {
    int half = c.headDim() / 2;
    double[] frequencies = c.ropeScaling().frequencies(c.headDim(), c.ropeTheta(), length);
    double factor = c.ropeScaling().attentionFactor();
    double[] turned = new double[head.length];
    for (int i = 0; i < half; i++) {
      double cosine = Math.cos(position * frequencies[i]);
      double sine = Math.sin(position * frequencies[i]);
      turned[i] = factor * (head[i] * cosine - head[i + half] * sine);
      turned[i + half] = factor * (head[i] * sine + head[i + half] * cosine);
    }
    return turned;
  }

  private double[] mixture(String prefix, double[] x) {
    Experts experts = c.experts();
    boolean mixtral = c.family() == DecoderFamily.MIXTRAL;
    String block = prefix + (mixtral ? "block_sparse_moe." : "mlp.");
    double[] scores = product(block + "gate.weight", x);
    double all = Arrays.stream(scores).map(Math::exp).sum();
    int[] best = IntStream.range(0, experts.count()).boxed()
        .sorted(Comparator.comparingDouble(e -> -scores[e])).limit(experts.perToken()).mapToInt(e -> e).toArray();
    double chosen = Arrays.stream(best).mapToDouble(e -> Math.exp(scores[e]) / all).sum();
    double[] sum = new double[x.length];
    for (int e : best) {
      double share = Math.exp(scores[e]) / all / (experts.normalise() ? chosen : 1);
      String expert = block + "experts." + e + ".";
      double[] y = mixtral
          ? swiGlu(expert + "w1.weight", expert + "w3.weight", expert + "w2.weight", x)
          : swiGlu(expert, x);
      sum = sum(sum, Arrays.stream(y).map(v -> v * share).toArray());
    }
    if (experts.sharedIntermediateSize() > 0) {
      double gate = 1 / (1 + Math.exp(-product(block + "shared_expert_gate.weight", x)[0]));
      sum = sum(sum, Arrays.stream(swiGlu(block + "shared_expert.", x)).map(v -> v * gate).toArray());
    }
    return sum;
  }

  private double[] swiGlu(String prefix, double[] x) {
    return swiGlu(prefix + "gate_proj.weight", prefix + "up_proj.weight", prefix + "down_proj.weight", x);
  }

  private double[] swiGlu(String gate, String up, String down, double[] x) {
    double[] a = product(gate, x);
    double[] b = product(up, x);
    return product(down, IntStream.range(0, a.length).mapToDouble(i -> a[i] / (1 + Math.exp(-a[i])) * b[i]).toArray());
  }

  private double[][] normalised(double[][] x, String name) {
    double[] weight = tensor(name);
    return Arrays.stream(x).map(row -> {
      double root = Math.sqrt(dot(row, row) / row.length + c.rmsNormEps());
      return IntStream.range(0, row.length).mapToDouble(i -> row[i] / root * weight[i]).toArray();
    }).toArray(double[][]::new);
  }

  private double[] product(String name, double[] x) {
    double[] matrix = tensor(name);
    return IntStream.range(0, matrix.length / x.length).mapToDouble(r -> dot(row(matrix, r, x.length), x)).toArray();
  }

  private double[] tensor(String name) {
    double[] values = tensors.get(name);
    if (values == null) {
      throw new AssertionError("no tensor " + name + " among " + tensors.keySet());
    }
    return values;
  }

  private static double[] row(double[] matrix, int row, int columns) {
    return Arrays.copyOfRange(matrix, row * columns, (row + 1) * columns);
  }

  private static double dot(double[] a, double[] b) {
    return IntStream.range(0, a.length).mapToDouble(i -> a[i] * b[i]).sum();
  }

  private static double[] sum(double[] a, double[] b) {
    return IntStream.range(0, a.length).mapToDouble(i -> a[i] + b[i]).toArray();
  }
}
