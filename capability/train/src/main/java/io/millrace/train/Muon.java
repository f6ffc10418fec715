// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.model.checkpoint.Weights;
import io.millrace.tensor.DType;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Momentum whose steps are orthogonalised, for the matrices inside a model's blocks (Jordan et al. 2024, Muon);
 * embeddings, output layers, routers, heads and vectors learn by {@link AdamW} at the same rate.
 *
 * <p>A step moves a matrix by 0.2·√max(rows, columns) times the orthogonalised momentum, so that its elements change as
 * much as AdamW's do and rates and decay can be kept (Liu et al. 2025, Moonlight, section 2.2). Matrices that are stored
 * as one, such as query, key and value, are orthogonalised as one; each expert is taken for itself.
 */
public final class Muon implements Optimiser {
  /**
   * The constants of the method.
   *
   * @param momentum decay of the sum of gradients
   * @param nesterov whether a step looks ahead by one decay (Nesterov's momentum)
   * @param rounds of the orthogonalisation
   * @param weightDecay a step's shrinking of matrices, times the learning rate
   * @param rest of the tensors that are no hidden matrices; its clip bounds the gradient of all
   */
  public record Settings(double momentum, boolean nesterov, int rounds, double weightDecay, AdamW.Settings rest)
      implements Optimiser.Settings {
    /** Usual for language models: 0.95 with look-ahead, five rounds, decay 0.1. */
    public static final Settings DECODER = new Settings(0.95, true, 5, 0.1, AdamW.Settings.DECODER);

    /** Checks the ranges. */
    public Settings {
      if (!(momentum >= 0 && momentum < 1)) {
        throw new IllegalArgumentException("momentum " + momentum + " must be in [0, 1)");
      }
      if (rounds < 1 || rounds > 20 || !(weightDecay >= 0)) {
        throw new IllegalArgumentException(
            "rounds " + rounds + " must be from 1 to 20, weight decay " + weightDecay + " not negative");
      }
    }

    @Override
    public Muon over(Weights masters, Weights working) {
      return new Muon(masters, working, this);
    }
  }

  /** Moonlight's factor: the root mean square of AdamW's usual steps. */
  private static final double STEP_SIZE = 0.2;

  private static final Pattern IN_BLOCK = Pattern.compile("(^|\\.)layers?\\.\\d+\\.");
  private static final Pattern ROUTER = Pattern.compile("\\.mlp\\.(gate|shared_expert_gate)\\.weight$");

  private record Matrix(String name, Tensor master, Tensor working, Tensor momentum) {}

  private final Settings settings;
  private final DType precision;
  private final List<Matrix> matrices = new ArrayList<>();
  private final @Nullable AdamW rest;

  /**
   * An optimiser of those tensors of {@code working} that record gradients.
   *
   * @param masters F32 weights that steps change; may be {@code working} itself
   * @param working the weights that compute, copied from the masters after each step
   */
  public Muon(Weights masters, Weights working, Settings settings) {
    this.settings = settings;
    this.precision = working.dtype();
    boolean others = false;
    try (Scope _ = Scope.open();
        NoGrad _ = NoGrad.open()) {
      for (Map.Entry<String, Tensor> entry : working.trained().entrySet()) {
        if (hidden(entry.getKey(), entry.getValue())) {
          Tensor master = masters.get(entry.getKey()).detach();
          matrices.add(new Matrix(
              entry.getKey(), Scope.keep(master), entry.getValue(), Scope.keep(torch.zeros_like(master))));
        } else {
          others = true;
        }
      }
    }
    if (matrices.isEmpty()) {
      throw new IllegalArgumentException(
          "Muon is for the matrices of a model's blocks, and none of them learns: use AdamW");
    }
    Predicate<String> left = name -> !hidden(name, working.get(name));
    rest = others ? new AdamW(masters, working, settings.rest, left) : null;
  }

  private static boolean hidden(String name, Tensor tensor) {
    return tensor.dim() > 1 && IN_BLOCK.matcher(name).find() && !ROUTER.matcher(name).find();
  }

  @Override
  public double gradientNorm(double weight) {
    double squares = 0;
    try (NoGrad _ = NoGrad.open()) {
      for (Matrix matrix : matrices) {
        double norm = AdamW.gradient(matrix.name, matrix.working).norm().item_double() / weight;
        squares += norm * norm;
      }
    }
    double others = rest == null ? 0 : rest.gradientNorm(weight);
    return Math.sqrt(squares + others * others);
  }

  @Override
  public void step(double learningRate, double gradientNorm, double weight) {
    double divisor = weight * Math.max(1, gradientNorm / settings.rest.clip());
    try (NoGrad _ = NoGrad.open()) {
      for (Matrix matrix : matrices) {
        try (Scope _ = Scope.open()) {
          move(matrix, learningRate, divisor);
        }
      }
    }
    if (rest != null) {
      rest.step(learningRate, gradientNorm, weight);
    }
  }

  private void move(Matrix matrix, double learningRate, double divisor) {
    Tensor gradient = AdamW.gradient(matrix.name, matrix.working).to(matrix.master.scalar_type())
        .div(new Scalar(divisor));
    matrix.momentum.mul_(new Scalar(settings.momentum)).add_(gradient);
    Tensor direction =
        settings.nesterov ? matrix.momentum.mul(new Scalar(settings.momentum)).add(gradient) : matrix.momentum;
    Tensor step = NewtonSchulz.of(direction, settings.rounds, precision);
    double scale = STEP_SIZE * Math.sqrt(Math.max(matrix.master.size(-2), matrix.master.size(-1)));
    matrix.master.mul_(new Scalar(1 - learningRate * settings.weightDecay));
    matrix.master.add_(step.to(matrix.master.scalar_type()), new Scalar(-learningRate * scale));
    if (matrix.working.data_ptr().address() != matrix.master.data_ptr().address()) {
      matrix.working.copy_(matrix.master);
    }
    matrix.working.mutable_grad().reset();
  }

  @Override
  public Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    for (Matrix matrix : matrices) {
      state.put("master/" + matrix.name, matrix.master);
      state.put("momentum/" + matrix.name, matrix.momentum);
    }
    if (rest != null) {
      state.putAll(rest.state());
    }
    return state;
  }

  @Override
  public void restored(long steps) {
    try (NoGrad _ = NoGrad.open()) {
      matrices.forEach(matrix -> matrix.working.copy_(matrix.master));
    }
    if (rest != null) {
      rest.restored(steps);
    }
  }

  @Override
  public long parameters() {
    return matrices.stream().mapToLong(matrix -> matrix.master.numel()).sum() + (rest == null ? 0 : rest.parameters());
  }

  @Override
  public void close() {
    for (Matrix matrix : matrices) {
      Scope.free(matrix.master);
      Scope.free(matrix.momentum);
    }
    if (rest != null) {
      rest.close();
    }
  }
}
