// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.model.checkpoint.Weights;
import io.millrace.tensor.DType;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.kernel.AdamWKernel;
import io.millrace.tensor.kernel.Kernels;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorType;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.Type;
import org.bytedeco.pytorch.global.torch;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * AdamW with clipping, on F32 masters of the weights that compute (Loshchilov and Hutter 2019).
 *
 * <p>BF16 weights on the CPU are one pass of {@link AdamWKernel} each; others use libtorch's fused operator. Matrices decay; vectors (norms, biases) do not.
 */
public final class AdamW implements Optimiser {
  /**
   * The constants of the method.
   *
   * @param beta1 decay of the mean
   * @param beta2 decay of the mean square
   * @param epsilon added to the root
   * @param weightDecay a step's shrinking of matrices, times the learning rate
   * @param clip largest norm of the whole gradient (Pascanu et al. 2013)
   */
  public record Settings(double beta1, double beta2, double epsilon, double weightDecay, double clip)
      implements Optimiser.Settings {
    /** Usual for language models: 0.9, 0.95, 1e-8, decay 0.1, clip 1. */
    public static final Settings DECODER = new Settings(0.9, 0.95, 1e-8, 0.1, 1);

    /** Usual for fine-tuning encoders: 0.9, 0.999, 1e-8, decay 0.01, clip 1. */
    public static final Settings ENCODER = new Settings(0.9, 0.999, 1e-8, 0.01, 1);

    /** Checks the ranges. */
    public Settings {
      if (!(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1)) {
        throw new IllegalArgumentException("beta1 " + beta1 + " and beta2 " + beta2 + " must be in [0, 1)");
      }
      if (!(epsilon > 0 && weightDecay >= 0 && clip > 0)) {
        throw new IllegalArgumentException(
            "epsilon " + epsilon + " and clip " + clip + " must be positive, weight decay " + weightDecay
                + " not negative");
      }
    }

    @Override
    public boolean elementwise() {
      return true;
    }

    @Override
    public AdamW over(Weights masters, Weights working) {
      return new AdamW(masters, working, this);
    }
  }

  private record Moments(String name, Tensor master, Tensor working, Tensor mean, Tensor square) {}

  private final Settings settings;
  private final List<Moments> trained = new ArrayList<>();
  private final OperatorHandle fused;
  private long steps;

  /**
   * An optimiser of those tensors of {@code working} that record gradients.
   *
   * @param masters F32 weights that steps change; may be {@code working} itself
   * @param working the weights that compute, copied from the masters after each step
   */
  public AdamW(Weights masters, Weights working, Settings settings) {
    this(masters, working, settings, _ -> true);
  }

  /** An optimiser of only those tensors whose name is {@code chosen}. */
  AdamW(Weights masters, Weights working, Settings settings, Predicate<String> chosen) {
    this.settings = settings;
    try (Scope _ = Scope.open();
        NoGrad _ = NoGrad.open()) {
      working.named().forEach((name, tensor) -> {
        if (tensor.requires_grad() && chosen.test(name)) {
          Tensor master = masters.get(name).detach();
          trained.add(new Moments(name, Scope.keep(master), tensor,
              Scope.keep(torch.zeros_like(master)), Scope.keep(torch.zeros_like(master))));
        }
      });
      fused = Scope.keep(Dispatcher.singleton().findSchemaOrThrow("aten::_fused_adamw_", ""));
    }
    if (trained.isEmpty()) {
      throw new IllegalArgumentException("no tensor records gradients: call Weights.train first");
    }
  }

  @Override
  public double gradientNorm(double weight) {
    double squares = 0;
    try (NoGrad _ = NoGrad.open()) {
      TensorVector norms = new TensorVector();
      for (Moments m : trained) {
        Tensor gradient = gradient(m);
        if (onePass(m, gradient)) {
          squares += AdamWKernel.squares(gradient);
        } else {
          norms.push_back(gradient.norm().to(DType.F64.torch()));
        }
      }
      double others = norms.size() == 0 ? 0 : torch.stack(norms).norm().item_double();
      return Math.sqrt(squares + others * others) / weight;
    }
  }

  private static Tensor gradient(Moments m) {
    return gradient(m.name, m.working);
  }

  /** What the backward passes left in a tensor. */
  static Tensor gradient(String name, Tensor working) {
    Tensor gradient = working.grad();
    if (!gradient.defined()) {
      throw new IllegalStateException("tensor " + name + " is trained, but the loss does not depend on it");
    }
    return gradient;
  }

  @Override
  public void step(double learningRate, double gradientNorm, double weight) {
    steps++;
    double divisor = weight * Math.max(1, gradientNorm / settings.clip);
    try (NoGrad _ = NoGrad.open()) {
      List<Moments> rest = new ArrayList<>();
      for (Moments m : trained) {
        Tensor gradient = gradient(m);
        if (onePass(m, gradient)) {
          new AdamWKernel(learningRate, settings.beta1, settings.beta2, settings.epsilon,
              m.master.dim() > 1 ? settings.weightDecay : 0, steps, divisor)
              .step(m.master, m.mean, m.square, gradient, m.working);
          m.working.mutable_grad().reset();
        } else {
          rest.add(m);
        }
      }
      apply(rest.stream().filter(m -> m.master.dim() > 1).toList(), learningRate, divisor, settings.weightDecay);
      apply(rest.stream().filter(m -> m.master.dim() <= 1).toList(), learningRate, divisor, 0);
      for (Moments m : rest) {
        if (m.working.data_ptr().address() != m.master.data_ptr().address()) {
          m.working.copy_(m.master);
        }
        m.working.mutable_grad().reset();
      }
    }
  }

  /** Whether our own kernel can do it: reading the gradient and writing the copy for computing are then one pass. */
  private static boolean onePass(Moments m, Tensor gradient) {
    return Kernels.available() && m.working.is_cpu() && DType.of(m.working) == DType.BF16
        && DType.of(m.master) == DType.F32 && DType.of(gradient) == DType.BF16 && gradient.is_contiguous()
        && Kernels.whole(m.master.numel());
  }

  private void apply(List<Moments> group, double learningRate, double divisor, double decay) {
    if (group.isEmpty()) {
      return;
    }
    // The operator divides the gradient by this number, which is how clipping costs nothing.
    Tensor scale = torch.full(new long[] {}, new Scalar(divisor), DType.F32.options());
    IValueVector arguments = new IValueVector();
    arguments.push_back(list(group.stream().map(Moments::master).toList()));
    arguments.push_back(list(group.stream().map(m -> gradient(m).to(m.master.scalar_type())).toList()));
    arguments.push_back(list(group.stream().map(Moments::mean).toList()));
    arguments.push_back(list(group.stream().map(Moments::square).toList()));
    arguments.push_back(list(List.of()));
    Tensor count = torch.full(new long[] {}, new Scalar((double) steps), DType.F32.options());
    arguments.push_back(list(group.stream().map(_ -> count).toList()));
    for (double number : new double[] {learningRate, settings.beta1, settings.beta2, decay, settings.epsilon}) {
      arguments.push_back(new IValue(number));
    }
    arguments.push_back(new IValue(false)); // amsgrad
    arguments.push_back(new IValue(false)); // maximize
    arguments.push_back(new IValue(scale));
    arguments.push_back(new IValue());
    fused.callBoxed(arguments);
  }

  private static IValue list(List<Tensor> tensors) {
    GenericList list = new GenericList(new Type.TypePtr(TensorType.get()));
    tensors.forEach(tensor -> list.push_back(new IValue(tensor)));
    return new IValue(list);
  }

  @Override
  public Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    for (Moments m : trained) {
      state.put("master/" + m.name, m.master);
      state.put("mean/" + m.name, m.mean);
      state.put("square/" + m.name, m.square);
    }
    return state;
  }

  @Override
  public void restored(long steps) {
    this.steps = steps;
    try (NoGrad _ = NoGrad.open()) {
      trained.forEach(m -> m.working.copy_(m.master));
    }
  }

  @Override
  public long parameters() {
    return trained.stream().mapToLong(m -> m.master.numel()).sum();
  }

  @Override
  public void close() {
    for (Moments m : trained) {
      Scope.free(m.master);
      Scope.free(m.mean);
      Scope.free(m.square);
    }
    Scope.free(fused);
  }
}
