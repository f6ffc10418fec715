// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.training;

import io.millrace.model.decoder.DecoderConfig;
import io.millrace.tensor.DType;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

import java.util.ArrayList;
import java.util.List;

/** How fast libtorch multiplies BF16 matrices here and now: the limit that training is measured against. */
final class MatmulRate implements AutoCloseable {
  private record Product(Tensor left, Tensor right, int times) {
    double flops() {
      return 2.0 * left.size(0) * left.size(1) * right.size(1) * times;
    }
  }

  private final List<Product> products = new ArrayList<>();

  private MatmulRate() {}

  /** Square matrices of that size. */
  static MatmulRate square(int size) {
    MatmulRate rate = new MatmulRate();
    rate.add(size, size, size, 1);
    return rate;
  }

  /** What a step of that workload multiplies in its linear layers, forward and backward, and nothing else. */
  static MatmulRate ofStep(Workload workload) {
    DecoderConfig model = workload.model();
    MatmulRate rate = new MatmulRate();
    int width = model.hiddenSize();
    int queries = model.heads() * model.headDim();
    int keys = model.kvHeads() * model.headDim();
    rate.linear(workload.tokens(), width, queries + 2 * keys, model.layers());
    rate.linear(workload.tokens(), queries, width, model.layers());
    rate.linear(workload.tokens(), width, 2 * model.intermediateSize(), model.layers());
    rate.linear(workload.tokens(), model.intermediateSize(), width, model.layers());
    rate.linear(workload.tokens(), width, model.vocabSize(), 1);
    return rate;
  }

  /** The product of a linear layer, that of its input's gradient and that of its weight's, as libtorch does them. */
  private void linear(int tokens, int inputs, int outputs, int times) {
    try (Scope _ = Scope.open()) {
      Tensor x = random(tokens, inputs);
      Tensor weight = random(outputs, inputs);
      Tensor gradient = random(tokens, outputs);
      products.add(new Product(x, Scope.keep(weight.t()), times));
      products.add(new Product(gradient, weight, times));
      products.add(new Product(Scope.keep(gradient.t()), x, times));
    }
  }

  private void add(int m, int k, int n, int times) {
    products.add(new Product(random(m, k), random(k, n), times));
  }

  private static Tensor random(int rows, int columns) {
    try (Scope _ = Scope.open()) {
      return Scope.keep(torch.randn(new long[] {rows, columns}).to(DType.BF16.torch()));
    }
  }

  /** Multiplies everything once and returns floating-point operations a second. */
  double measure() {
    double flops = 0;
    long begin = System.nanoTime();
    try (NoGrad _ = NoGrad.open()) {
      for (Product product : products) {
        for (int i = 0; i < product.times; i++) {
          try (Scope _ = Scope.open()) {
            product.left.matmul(product.right);
          }
        }
        flops += product.flops();
      }
    }
    return flops / ((System.nanoTime() - begin) / 1e9);
  }

  @Override
  public void close() {
    products.forEach(product -> {
      Scope.free(product.left);
      Scope.free(product.right);
    });
  }
}
