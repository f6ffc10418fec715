// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.loss;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * How far a student's distribution over the next token is from a teacher's, over the whole vocabulary.
 *
 * <p>Sources: Hinton et al. 2015 (forward, temperature); Gu et al. 2023, MiniLLM (reverse); Agarwal et al. 2024, GKD
 * (generalised Jensen–Shannon, equation 1).
 */
public sealed interface Divergence {
  /** KL(teacher ‖ student): the student covers all that the teacher would say. */
  Divergence FORWARD = new Forward();

  /** KL(student ‖ teacher): the student says only what the teacher would say. */
  Divergence REVERSE = new Reverse();

  /** The mean of both divergences from the even mixture of student and teacher: bounded by log 2. */
  Divergence JENSEN_SHANNON = new JensenShannon(0.5);

  /** From log-probabilities [n, vocabulary] to one number a position [n]. */
  Tensor between(Tensor student, Tensor teacher);

  /** See {@link #FORWARD}. */
  record Forward() implements Divergence {
    @Override
    public Tensor between(Tensor student, Tensor teacher) {
      return kl(teacher, student);
    }
  }

  /** See {@link #REVERSE}. */
  record Reverse() implements Divergence {
    @Override
    public Tensor between(Tensor student, Tensor teacher) {
      return kl(student, teacher);
    }
  }

  /**
   * β · KL(teacher ‖ mixture) + (1 − β) · KL(student ‖ mixture), where the mixture is β · teacher + (1 − β) · student.
   * Divided by β it tends to the forward divergence as β tends to 0, and divided by 1 − β to the reverse one as β tends
   * to 1.
   *
   * @param beta the teacher's share of the mixture, in (0, 1)
   */
  record JensenShannon(double beta) implements Divergence {
    /** Checks the range. */
    public JensenShannon {
      if (!(beta > 0 && beta < 1)) {
        throw new IllegalArgumentException("beta " + beta + " must be in (0, 1); its limits are FORWARD and REVERSE");
      }
    }

    @Override
    public Tensor between(Tensor student, Tensor teacher) {
      Tensor mixture = torch.logaddexp(
          teacher.add(new Scalar(Math.log(beta))), student.add(new Scalar(Math.log(1 - beta))));
      return kl(teacher, mixture).mul(new Scalar(beta)).add(kl(student, mixture).mul(new Scalar(1 - beta)));
    }
  }

  /** KL(some ‖ others) from log-probabilities. */
  private static Tensor kl(Tensor some, Tensor others) {
    return torch.exp(some).mul(some.sub(others)).sum(-1);
  }

  /**
   * The divergence at each position, times the temperature squared, so that gradients keep their size
   * (Hinton et al. 2015, section 2).
   *
   * @param studentLogits [n, vocabulary]
   * @param teacherLogits [n, vocabulary]; carry no gradient
   * @param temperature above 1 shows the student more of what the teacher holds unlikely
   * @return [n], in nats times the temperature squared
   */
  default Tensor of(Tensor studentLogits, Tensor teacherLogits, double temperature) {
    if (!(temperature > 0)) {
      throw new IllegalArgumentException("temperature " + temperature + " must be positive");
    }
    Scalar divisor = new Scalar(temperature);
    return between(studentLogits.div(divisor).log_softmax(-1), teacherLogits.div(divisor).log_softmax(-1))
        .mul(new Scalar(temperature * temperature));
  }
}
